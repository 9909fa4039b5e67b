import Tensors

/// Indices as GatherND and ScatterND have them: the last axis of an integer tensor holds one index each for the leading
/// axes of the data (after `batchRank` that both share), and names the part behind those axes.
struct IndexTuples {
  let identity: NodeIdentity
  let batchRank: Int
  /// How many axes a tuple has indices for.
  let depth: Int
  let data: Shape
  let indices: Shape

  init(
    _ identity: NodeIdentity, data: Shape, indices: Shape, batchRank: Int = 0
  ) throws(NetworkError) {
    guard let depth = indices.dimensions.last, batchRank >= 0, batchRank < indices.rank, depth >= 0,
      depth <= data.rank - batchRank, data.dimensions.prefix(batchRank) == indices.dimensions.prefix(batchRank)
    else { throw identity.invalid("its indices are \(indices) for an input of \(data)") }
    self.identity = identity
    self.batchRank = batchRank
    self.depth = depth
    self.data = data
    self.indices = indices
  }

  /// The shape of the part that a tuple names, and of all parts together.
  var part: Shape { Shape(Array(data.dimensions[(batchRank + depth)...])) }
  var parts: Shape { Shape(indices.dimensions.dropLast() + part.dimensions) }

  /// Where in the data the part of each tuple begins.
  func starts(_ elements: [Int]) throws(NetworkError) -> [Int] {
    let strides = data.strides
    let tuples = Shape(Array(indices.dimensions.dropLast()))
    var starts: [Int] = []
    try tuples.forEachIndex { (index) throws(NetworkError) in
      var start = Shape.position(index.prefix(batchRank), strides)
      for place in 0..<depth {
        let axis = batchRank + place
        let wanted = elements[starts.count * depth + place]
        start += try identity.index(wanted, of: data[axis], axis: axis) * strides[axis]
      }
      starts.append(start)
    }
    return starts
  }
}
