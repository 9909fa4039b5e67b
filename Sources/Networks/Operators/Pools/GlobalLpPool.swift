import Glibc
import Tensors

/// The p-norm of each channel: `[N, C, ...]` becomes `[N, C, 1...]`.
struct GlobalLpPool: GlobalPoolOperator {
  let identity: NodeIdentity
  let norm: Norm

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    norm = try Norm(reader)
  }

  func pool(_ map: FeatureMap) -> FeatureMap {
    let count = Float(map.height * map.width)
    return map.mapElements(norm.power).globalAveragePooled().mapElements { norm.root($0 * count) }
  }
}
