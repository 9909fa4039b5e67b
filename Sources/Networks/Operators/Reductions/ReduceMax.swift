import Tensors

/// The largest element over axes.
struct ReduceMax: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .maximum }

  static func overPixels(_ map: FeatureMap) -> FeatureMap? { map.globalMaxPooled() }
}
