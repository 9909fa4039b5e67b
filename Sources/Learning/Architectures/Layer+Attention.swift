import Networks
import Tensors

/// Layers over a sequence of tokens, `[1, T, D]`.
extension Layer {
  /// A learnt vector for each place, added.
  static func positions(_ name: String) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let places = builder.parameter("\(name).weight", builder.shape(of: x), .truncatedNormal(deviation: 0.02))
      return try builder.node("Add", [x, places], named: name)
    }
  }

  /// Multi-head self-attention (Vaswani et al., 2017).
  static func attention(width: Int, heads: Int) -> Layer {
    Layer("attention") { (builder, x) throws(NetworkError) in
      /// One of query, key and value, cut into heads: `[1, heads, T, width / heads]`, or in another order.
      func part(_ name: String, _ order: [Int]) throws(NetworkError) -> String {
        let layers: [Layer] = [
          .linearLast(name, width), .reshape("\(name).heads") { [1, $0[1], heads, width / heads] },
          .transpose("\(name).transpose", order),
        ]
        return try builder.append(layers, to: x)
      }
      let query = try part("query", [0, 2, 1, 3])
      let key = try part("key", [0, 2, 3, 1])
      let value = try part("value", [0, 2, 1, 3])
      let factor = builder.constant("scale.value", Tensor(shape: [], elements: [1 / Float(width / heads).squareRoot()]))
      let products = try builder.node("MatMul", [query, key], named: "products")
      let scaled = try builder.node("Mul", [products, factor], named: "scale")
      let shares = try builder.node("Softmax", [scaled], ["axis": .integer(-1)], named: "shares")
      let mixed = try builder.node("MatMul", [shares, value], named: "mixed")
      let layers: [Layer] = [
        .transpose("transpose", [0, 2, 1, 3]), .reshape("joined") { [1, $0[1], width] }, .linearLast("project", width),
      ]
      return try builder.append(layers, to: mixed)
    }
  }
}
