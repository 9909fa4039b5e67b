public import Networks

/// A part of an architecture: what it adds to a network after a value, under a name.
///
/// An architecture is a list of layers, written one below the other. Layers that hold others put their own name before
/// theirs, so that nodes are called "stage2.block1.conv1" and weights "stage2.block1.conv1.weight".
public struct Layer: Sendable {
  public let name: String
  /// Adds the layer after a value and gives the name of what it makes.
  let append: @Sendable (inout LayerBuilder, String) throws(NetworkError) -> String

  public init(
    _ name: String, append: @escaping @Sendable (inout LayerBuilder, String) throws(NetworkError) -> String
  ) {
    self.name = name
    self.append = append
  }
}

/// Lets layers be listed one below the other, with loops and conditions between.
@resultBuilder public enum LayerList {
  public static func buildExpression(_ layer: Layer) -> [Layer] { [layer] }
  public static func buildExpression(_ layers: [Layer]) -> [Layer] { layers }
  public static func buildBlock(_ parts: [Layer]...) -> [Layer] { parts.flatMap { $0 } }
  public static func buildArray(_ parts: [[Layer]]) -> [Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [Layer]?) -> [Layer] { part ?? [] }
  public static func buildEither(first part: [Layer]) -> [Layer] { part }
  public static func buildEither(second part: [Layer]) -> [Layer] { part }
}
