import CKernels

extension FeatureMap {
  /// The largest element under each window; padding never wins. A window without any input gives 0.
  public func maxPooled(_ window: Window, ceil: Bool) -> FeatureMap {
    let result = pooledShape(window, ceil: ceil)
    var window = window.forKernels
    instructionSet.kernels.max_pool(
      channels, height, width, result.height, result.width, &window, storage.pointer, result.storage.pointer)
    return result
  }

  /// The mean under each window. With `countsPadding` padded pixels count as zeros, else not at all. A window without
  /// any input gives 0.
  public func averagePooled(_ window: Window, ceil: Bool, countsPadding: Bool) -> FeatureMap {
    summed(window, ceil: ceil, dividedBy: countsPadding ? EK_PLACES : EK_ELEMENTS)
  }

  /// The sum under each window.
  public func sumPooled(_ window: Window, ceil: Bool) -> FeatureMap { summed(window, ceil: ceil, dividedBy: EK_ONE) }

  /// Each channel's mean: C x 1 x 1.
  public func globalAveragePooled() -> FeatureMap {
    let result = FeatureMap(uninitialized: channels, 1, 1, on: instructionSet)
    instructionSet.kernels.global_average(channels, pixels, storage.pointer, result.storage.pointer)
    return result
  }

  /// Each channel's largest element: C x 1 x 1.
  public func globalMaxPooled() -> FeatureMap {
    let result = FeatureMap(uninitialized: channels, 1, 1, on: instructionSet)
    instructionSet.kernels.global_max(channels, pixels, storage.pointer, result.storage.pointer)
    return result
  }

  private func summed(_ window: Window, ceil: Bool, dividedBy divisor: ek_divisor) -> FeatureMap {
    let result = pooledShape(window, ceil: ceil)
    var window = window.forKernels
    instructionSet.kernels.average_pool(
      channels, height, width, result.height, result.width, &window, divisor, storage.pointer, result.storage.pointer)
    return result
  }

  private func pooledShape(_ window: Window, ceil: Bool) -> FeatureMap {
    window.checkGeometry()
    return FeatureMap(
      uninitialized: channels, window.outputHeight(height, ceil: ceil), window.outputWidth(width, ceil: ceil),
      on: instructionSet)
  }
}
