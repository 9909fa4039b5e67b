import Glibc
public import Networks

/// The files of a training run: the network, and beside it the curve as a table and a chart, and while the run is not
/// finished a checkpoint.
public struct TrainingFiles: Sendable {
  public let network: String
  public let table: String
  public let chart: String
  public let checkpoint: String

  /// - Parameter network: the ONNX file's path; the others are named after it.
  public init(network: String) {
    self.network = network
    let stem = network.hasSuffix(".onnx") ? String(network.dropLast(5)) : network
    table = stem + ".csv"
    chart = stem + ".svg"
    checkpoint = stem + ".checkpoint"
  }

  /// Throws `unwritable` where no file can be made: better now than after hours.
  public func check() throws(LearningError) {
    let end = network.lastIndex(of: "/")
    let folder = end.map { $0 == network.startIndex ? "/" : String(network[..<$0]) } ?? "."
    guard access(folder, W_OK | X_OK) == 0 else {
      throw .unwritable(path: network, reason: "in \(folder): \(String(cString: strerror(errno)))")
    }
  }

  /// Writes where the trainer is. Throws `unwritable`; the checkpoint before is still there then.
  public func save(_ trainer: Trainer) throws { try Checkpoint(trainer).write(trainer, to: checkpoint) }

  /// Brings a trainer to where the checkpoint's run was. Throws where there is none, or it is another run's.
  public func resume(_ trainer: Trainer) throws { try Checkpoint(trainer).read(trainer, from: checkpoint) }

  /// Removes the checkpoint: the run is over.
  public func finish() throws(LearningError) {
    guard unlink(checkpoint) == 0 || errno == ENOENT else {
      throw .unwritable(path: checkpoint, reason: "it cannot be removed: \(String(cString: strerror(errno)))")
    }
  }

  public func writeCurve(_ curve: TrainingCurve, title: String) throws(LearningError) {
    try curve.writeCSV(to: table)
    try curve.writeSVG(to: chart, title: title)
  }

  /// Writes the network in the words of the opset that is exported.
  public func write(_ trained: Network) throws {
    try FileReplacement(path: network).write { (give) throws(LearningError) in
      let bytes: [UInt8]
      do { bytes = try trained.exported() } catch {
        throw .unwritable(path: network, reason: "\(error)")
      }
      try bytes.giving(give)
    }
  }
}
