import Testing

/// A kind of node whose gradients are checked, in random networks around it.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Networks that are drawn where all are compiled for speed.
  var networks = 8
  /// Numbers of each constant that are checked.
  var most = 8
  /// Adds such a node and what it takes; returns the network's outputs.
  let build: @Sendable (inout NetworkDraw) throws -> [String]

  init(
    _ name: String, networks: Int = 8, most: Int = 8,
    _ build: @escaping @Sendable (inout NetworkDraw) throws -> [String]
  ) {
    self.name = name
    self.networks = networks
    self.most = most
    self.build = build
  }

  var testDescription: String { name }

  static let all = layers + products + recurrences + normalizations + functions + arithmetic + pools + moves + shared
}
