import CKernels

extension BatchCall {
  /// Which of the numbers under a window.
  public enum Pool: Hashable, Sendable {
    case maximum
    case average(countsPadding: Bool)
  }

  /// Operands: map; map.
  public static func pool(_ pool: Pool, _ window: Window, from: ValueLayout, to: ValueLayout) -> BatchCall {
    BatchCall(EK_POOL, operands: 2) { $0.as.pooling = pooling(pool, window, from, to) }
  }

  /// Operands: the pool's input, gradient by its output; gradient by its input.
  public static func gradient(
    by pool: Pool, _ window: Window, from: ValueLayout, to: ValueLayout
  ) -> BatchCall {
    BatchCall(EK_GRADIENT_BY_POOL, operands: 3) { $0.as.pooling_gradient.pooling = pooling(pool, window, from, to) }
  }

  /// Operands: map; `map(channels, 1, 1)`.
  public static func poolGlobally(_ pool: Pool, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_POOL_GLOBALLY, operands: 2) { $0.as.global_pooling = globalPooling(pool, layout) }
  }

  /// Operands: the pool's input, gradient by its output; gradient by its input.
  public static func gradientByGlobalPool(_ pool: Pool, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_GRADIENT_BY_GLOBAL_POOL, operands: 3) {
      $0.as.global_pooling_gradient.pooling = globalPooling(pool, layout)
    }
  }

  private static func pooling(
    _ pool: Pool, _ window: Window, _ from: ValueLayout, _ to: ValueLayout
  ) -> ek_pooling {
    let (kind, divisor) =
      switch pool {
      case .maximum: (EK_MAXIMUM, EK_ONE)
      case .average(let countsPadding): (EK_AVERAGE, countsPadding ? EK_PLACES : EK_ELEMENTS)
      }
    return ek_pooling(
      kind: kind, divided_by: divisor, channels: from.channels, height: from.height, width: from.width,
      out_height: to.height, out_width: to.width, window: window.forKernels, input: nil, output: nil)
  }

  private static func globalPooling(_ pool: Pool, _ layout: ValueLayout) -> ek_global_pooling {
    ek_global_pooling(
      kind: pool == .maximum ? EK_MAXIMUM : EK_AVERAGE, channels: layout.channels, pixels: layout.pixels, input: nil,
      output: nil)
  }
}
