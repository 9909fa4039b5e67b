import CKernels

extension FeatureMap {
  /// The largest element under each window; padding never wins. A window without any input gives 0.
  public func maxPooled(_ window: Window, ceil: Bool) -> FeatureMap {
    pooled(window, ceil: ceil, EK_MAXIMUM)
  }

  /// The mean under each window. With `countsPadding` padded pixels count as zeros, else not at all. A window without
  /// any input gives 0.
  public func averagePooled(_ window: Window, ceil: Bool, countsPadding: Bool) -> FeatureMap {
    pooled(window, ceil: ceil, EK_AVERAGE, dividedBy: countsPadding ? EK_PLACES : EK_ELEMENTS)
  }

  /// The sum under each window.
  public func sumPooled(_ window: Window, ceil: Bool) -> FeatureMap { pooled(window, ceil: ceil, EK_AVERAGE) }

  /// Each channel's mean: C x 1 x 1.
  public func globalAveragePooled() -> FeatureMap {
    pooledGlobally(EK_AVERAGE)
  }

  /// Each channel's largest element: C x 1 x 1.
  public func globalMaxPooled() -> FeatureMap {
    pooledGlobally(EK_MAXIMUM)
  }

  private func pooled(
    _ window: Window, ceil: Bool, _ kind: ek_pool_kind, dividedBy divisor: ek_divisor = EK_ONE
  ) -> FeatureMap {
    window.checkGeometry()
    let result = FeatureMap(
      uninitialized: channels, window.outputHeight(height, ceil: ceil), window.outputWidth(width, ceil: ceil),
      on: instructionSet)
    withExtendedLifetime(self) {
      instructionSet.pool(
        ek_pooling(
          kind: kind, divided_by: divisor, channels: channels, height: height, width: width,
          out_height: result.height, out_width: result.width, window: window.forKernels,
          input: UnsafePointer(storage.pointer), output: result.storage.pointer))
    }
    return result
  }

  private func pooledGlobally(_ kind: ek_pool_kind) -> FeatureMap {
    let result = FeatureMap(uninitialized: channels, 1, 1, on: instructionSet)
    withExtendedLifetime(self) {
      instructionSet.poolGlobally(
        ek_global_pooling(
          kind: kind, channels: channels, pixels: pixels, input: UnsafePointer(storage.pointer),
          output: result.storage.pointer))
    }
    return result
  }
}
