import Networks
import Tensors

/// The shape that a command line gives an input of a network.
struct InputShape: Equatable, Sendable {
  var name: String
  var shape: Shape
}

extension ValueReader where Value == InputShape {
  /// `NAME=1,3,224,224`; the name may hold equal signs, too.
  static var inputShape: ValueReader {
    ValueReader("NAME=N,N,...") { text throws(Rejection) in
      let rejection = Rejection(expected: "an input's name and its dimensions, such as data=1,3,224,224")
      guard let equal = text.lastIndex(of: "="), equal > text.startIndex else { throw rejection }
      var dimensions: [Int] = []
      for part in text[text.index(after: equal)...].split(separator: ",", omittingEmptySubsequences: false) {
        guard let extent = Int(part), (1...NetworkLimits.maximumElements).contains(extent) else { throw rejection }
        dimensions.append(extent)
      }
      guard dimensions.count <= NetworkLimits.maximumRank else { throw rejection }
      return InputShape(name: String(text[..<equal]), shape: Shape(dimensions))
    }
  }
}

/// The option by which commands fix dimensions that a network's file leaves open.
enum ShapeOption {
  static let option = Option.repeated(
    "shape", ValueReader<InputShape>.inputShape,
    "Gives the network's input NAME these dimensions, where its file leaves some open")

  static func byName(_ shapes: [InputShape]) -> [String: Shape] {
    Dictionary(shapes.map { ($0.name, $0.shape) }) { _, last in last }
  }

  /// Refuses shapes that the network, which was read with them, does not have.
  static func check(_ shapes: [InputShape], against inputs: [(name: String, shape: Shape?)]) throws(Failure) {
    for given in shapes {
      guard let input = inputs.first(where: { $0.name == given.name }) else {
        throw Failure(
          .usage,
          "the network has no input \"\(given.name)\" to give a --shape; its inputs are "
            + inputs.map(\.name).joined(separator: ", "))
      }
      guard let shape = input.shape, shape != given.shape, byName(shapes)[given.name] == given.shape else { continue }
      throw Failure(
        .usage,
        "--shape \(given.name) is \(given.shape), but the file fixes it to \(shape); leave the option out, or export again"
      )
    }
  }
}
