import Networks
import Tensors

extension Architecture {
  /// A small Vision Transformer (Dosovitskiy et al., 2021): patches of 4x4, six blocks of width 128 with four heads, the
  /// average of all places in place of a token for the class.
  static let vit = Architecture("vit-small") {
    let width = 128
    Layer.convolution("patches", width, kernel: 4, stride: 4, padding: 0, bias: true, fan: .inputs)
    Layer.sequence("tokens") {
      Layer.reshape("reshape") { [1, $0[1], $0[2] * $0[3]] }
      Layer.transpose("transpose", [0, 2, 1])
    }
    Layer.positions("positions")
    for block in 1...6 {
      Layer.residual("block\(block).attention") {
        Layer.layerNormalization("norm")
        Layer.attention(width: width, heads: 4)
      }
      Layer.residual("block\(block).mlp") {
        Layer.layerNormalization("norm")
        Layer.linearLast("expand", 2 * width)
        Layer.gelu("gelu")
        Layer.linearLast("project", width)
      }
    }
    Layer.layerNormalization("norm")
    Layer.simple("pool", "ReduceMean", ["axes": .integers([1]), "keepdims": .integer(0)])
  }
}
