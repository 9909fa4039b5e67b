public import Networks
public import Tensors

/// Builds a network out of layers: names its nodes and parameters after where they stand, and draws the parameters.
public struct LayerBuilder: Sendable {
  private var builder: NetworkBuilder
  private let seed: UInt64?
  private var scopes: [String] = []

  /// A network of opset 17 with one input, called "input". Without a seed, what would be random is 0.
  init(name: String, input: Shape, seed: UInt64?) {
    builder = NetworkBuilder(name: name, input: input, opset: Network.exportedOpset, seed: 0)
    self.seed = seed
  }

  /// The shape of a value that is there.
  public func shape(of value: String) -> Shape { builder.shape(of: value) }

  /// The network with one output, validated.
  func finished(output: String) throws(NetworkError) -> Network { try builder.finished(outputs: [output]) }

  /// A name with those of the layers around it.
  private func path(_ name: String) -> String { (scopes + [name]).joined(separator: ".") }

  /// Adds layers one after the other, their names with `scope` before them.
  public mutating func append(
    _ layers: [Layer], to x: String, in scope: String? = nil
  ) throws(NetworkError) -> String {
    if let scope { scopes.append(scope) }
    var x = x
    for layer in layers { x = try layer.append(&self, x) }
    if scope != nil { scopes.removeLast() }
    return x
  }

  /// Adds a node and gives the name of its output, which is the node's.
  ///
  /// - Parameters:
  ///   - position: of the output that is wanted; those before it are not.
  ///   - value: the output's name, where it is another.
  public mutating func node(
    _ operatorType: String, _ inputs: [String], _ attributes: [String: Attribute] = [:], named name: String,
    position: Int = 0, value: String? = nil
  ) throws(NetworkError) -> String {
    let name = path(name)
    let output = value ?? name
    let outputs = [String](repeating: "", count: position) + [output]
    try builder.append(
      Node(name: name, operatorType: operatorType, inputs: inputs, outputs: outputs, attributes: attributes))
    return output
  }

  /// Adds a parameter, begun as told.
  public mutating func parameter(_ name: String, _ shape: Shape, _ initialization: Initialization) -> String {
    let name = path(name)
    builder.define(.float(initialization.tensor(shape, seed: seed, name: name)), named: name)
    return name
  }

  /// Adds numbers as they are. Those of no dimensions are never learnt.
  public mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    let name = path(name)
    builder.define(.float(tensor), named: name)
    return name
  }

  /// Adds a list of integers: a shape, axes, bounds.
  public mutating func constant(_ name: String, _ integers: [Int]) -> String {
    let name = path(name)
    builder.define(.integer(IntegerTensor(shape: [integers.count], elements: integers)), named: name)
    return name
  }
}
