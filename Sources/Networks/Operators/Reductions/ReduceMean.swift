import Tensors

/// The mean over axes.
struct ReduceMean: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .mean }

  static func overPixels(_ map: FeatureMap) -> FeatureMap? { map.globalAveragePooled() }
}
