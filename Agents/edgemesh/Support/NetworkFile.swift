import Networks
import Tensors

/// A network's file, as a command line names it: a path, or `shapes` for the network that comes with the program.
enum NetworkFile {
  /// What the pages of commands say of such an operand.
  static let help =
    "ONNX file of the network, or \(ShapesNetwork.name): the trained one that comes with edgemesh"

  /// A file that is there goes before the program's own network.
  private static func isOwn(_ path: String) -> Bool { path == ShapesNetwork.name && !WholeFile.exists(path) }

  /// Reads an ONNX file; what is wrong with it is said of the file. `given` are the shapes from the command line.
  static func load(
    _ path: String, shapes given: [InputShape] = [], simplifying: Bool = true
  ) throws(Failure) -> LoadedNetwork {
    let loaded = try load(path, filling: ShapeOption.byName(given), simplifying: simplifying)
    try ShapeOption.check(given, against: loaded.network.inputs.map { ($0.name, $0.shape) })
    return loaded
  }

  /// The same for a network that need not be named by its digest.
  static func read(
    _ path: String, shapes given: [InputShape] = [], forTraining: Bool = false
  ) throws(Failure) -> Network {
    let network: Network
    do throws(NetworkError) {
      if isOwn(path) {
        network = try ShapesNetwork.load(simplifying: false).network.simplified(forTraining: forTraining)
      } else {
        network = try Network.read(onnx: path, shapes: ShapeOption.byName(given), forTraining: forTraining)
      }
    } catch {
      throw failure(error, of: path)
    }
    try ShapeOption.check(given, against: network.inputs.map { ($0.name, $0.shape) })
    return network
  }

  /// The same where `shapes` only fill what the file leaves open, as far as they fit.
  static func load(
    _ path: String, filling shapes: [String: Shape], simplifying: Bool = true
  ) throws(Failure) -> LoadedNetwork {
    do throws(NetworkError) {
      if isOwn(path) { return try ShapesNetwork.load(simplifying: simplifying) }
      return try Network.load(onnx: path, shapes: shapes, simplifying: simplifying)
    } catch {
      throw failure(error, of: path)
    }
  }

  /// Reads what a file declares and what is wrong with it.
  static func survey(_ path: String, shapes given: [InputShape]) throws(Failure) -> NetworkSurvey {
    let survey: NetworkSurvey
    let shapes = ShapeOption.byName(given)
    do throws(NetworkError) {
      survey =
        isOwn(path)
        ? try NetworkSurvey(onnx: ShapesNetwork.onnx, shapes: shapes) : try NetworkSurvey(onnx: path, shapes: shapes)
    } catch {
      throw failure(error, of: path)
    }
    try ShapeOption.check(given, against: survey.inputs.map { ($0.name, $0.shape) })
    return survey
  }

  private static func failure(_ error: NetworkError, of path: String) -> Failure {
    let failure = Failure(error)
    if case .unreadable = error { return failure }
    return Failure(failure.status, "\(path): \(failure.message)")
  }
}
