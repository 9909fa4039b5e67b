import Tensors

extension RuntimeValue {
  /// The samples as feature maps: one a sample of `[N, C, H, W]` or `[N, C, L]` (maps of height 1). Nil for values of
  /// other ranks and for empty ones.
  var samples: [FeatureMap]? {
    if case .map(let map) = self { return [map] }
    let shape = self.shape
    guard shape.rank == 4 || shape.rank == 3, !shape.dimensions.contains(0) else { return nil }
    let batch = asTensor
    return (0..<shape[0]).map { FeatureMap(sample: $0, of: batch) }
  }

  /// Samples as one value of `shape`, which holds exactly their elements. The maps have the same extents.
  static func samples(_ maps: [FeatureMap], shape: Shape) -> RuntimeValue {
    if maps.count == 1, shape.rank == 4 { return .map(maps[0]) }
    return .tensor(FeatureMap.batch(maps, shape: shape))
  }

  /// All planes of `[N, C, ...]` as the channels of one map with the last two dimensions (H, W), (L) or (any, H * W):
  /// for what treats every channel alike, batches cost nothing more. `[1, C, H, W]` stays as it is.
  func planes(height: Int, width: Int) -> FeatureMap {
    if case .map(let map) = self, map.height == height, map.width == width { return map }
    let tensor = asTensor
    return FeatureMap(tensor.reshaped(to: [1, tensor.count / Swift.max(height * width, 1), height, width]))
  }

  /// A map of planes as a value of `shape`, which holds exactly its elements.
  static func planes(_ map: FeatureMap, shape: Shape) -> RuntimeValue {
    if map.shape == shape { return .map(map) }
    return .tensor(map.tensor().reshaped(to: shape))
  }
}
