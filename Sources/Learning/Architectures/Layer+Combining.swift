import Networks
import Tensors

extension Layer {
  /// Layers one after the other.
  static func sequence(_ name: String, @LayerList _ layers: () -> [Layer]) -> Layer {
    let layers = layers()
    return Layer(name) { (builder, x) throws(NetworkError) in try builder.append(layers, to: x, in: name) }
  }

  /// The sum of what layers make of a value and what the shortcut makes of it, which is the value itself where it has no
  /// layers (He et al., 2016).
  static func residual(_ name: String, shortcut: [Layer] = [], @LayerList _ body: () -> [Layer]) -> Layer {
    let body = body()
    let sum = Layer("add") { (builder, x) throws(NetworkError) in
      let sides = [try builder.append(body, to: x), try builder.append(shortcut, to: x)]
      return try builder.node("Add", sides, named: "add")
    }
    return .sequence(name) { sum }
  }

  /// The shortcut without parameters: every `stride`-th pixel, channels of zeros appended (option A of He et al., 2016).
  /// Nothing where the value has that many channels and the stride is 1.
  static func strided(_ name: String, _ channels: Int, stride: Int) -> Layer {
    .sequence(name) {
      if stride > 1 {
        Layer("slice") { (builder, x) throws(NetworkError) in
          let parts = [
            ("starts", [0, 0]), ("ends", [Int.max, Int.max]), ("axes", [2, 3]), ("steps", [stride, stride]),
          ]
          let constants = parts.map { builder.constant("slice.\($0)", $1) }
          return try builder.node("Slice", [x] + constants, named: "slice")
        }
      }
      Layer("pad") { (builder, x) throws(NetworkError) in
        let more = channels - builder.shape(of: x)[1]
        guard more > 0 else { return x }
        let pads = builder.constant("pad.pads", [0, 0, 0, 0, 0, more, 0, 0])
        return try builder.node("Pad", [x, pads], named: "pad")
      }
    }
  }
}
