import CKernels

// Batch normalisation in training mode (Ioffe and Szegedy, 2015), in parts: by sample, joined, by sample again.
extension BatchCall {
  /// Means and sums of squared deviations of a sample's channels. Operands: map; `map(2 x padded channels, 1, 1)`.
  public static func moments(_ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_MOMENTS, operands: 2) {
      $0.as.moments = ek_moments(channels: layout.channels, pixels: layout.pixels, input: nil, output: nil)
    }
  }

  /// Joins the samples' moments. To be done together.
  ///
  /// Operands: moments, gamma, beta; running mean, running variance (nil: left alone), mean, 1 / deviation, scale, shift.
  /// - Parameter momentum: the share of the running statistics that stays.
  public static func joinMoments(
    _ layout: ValueLayout, samples: Int, epsilon: Float, momentum: Float
  ) -> BatchCall {
    BatchCall(EK_JOIN_MOMENTS, operands: 9, written: 6) {
      var work = ek_batch_statistics()
      (work.samples, work.channels, work.pixels) = (samples, layout.channels, layout.pixels)
      (work.epsilon, work.momentum) = (epsilon, momentum)
      work.moments_stride = 2 * paddedChannels(layout.channels)
      $0.as.batch_statistics = work
    }
  }

  /// activation(x * scale + shift). Operands: scale, shift (padded; each may be nil), map; map.
  public static func scale(_ layout: ValueLayout, _ activation: Activation = .none) -> BatchCall {
    BatchCall(EK_SCALE, operands: 4) {
      var work = ek_scaling()
      (work.channels, work.pixels) = (layout.channels, layout.pixels)
      work.activation = activation.forKernels
      $0.as.scaling = work
    }
  }

  /// What a sample adds to the gradients by gamma and beta.
  ///
  /// Operands: mean, 1 / deviation, scale, shift, the normalisation's input, gradient by the activation's output;
  /// `map(2 x padded channels, 1, 1)`.
  public static func normalizationSums(_ layout: ValueLayout, _ activation: Activation) -> BatchCall {
    BatchCall(EK_NORMALIZATION_SUMS, operands: 7) {
      var work = ek_normalization_sums()
      (work.channels, work.pixels) = (layout.channels, layout.pixels)
      work.activation = activation.forKernels
      $0.as.normalization_sums = work
    }
  }

  /// Joins the samples' sums. To be done together.
  ///
  /// Operands: sums, mean, 1 / deviation, scale; gradients by gamma and beta, factors (three times the padded channels).
  public static func joinNormalizationSums(_ layout: ValueLayout, samples: Int, adds: Bool) -> BatchCall {
    BatchCall(EK_JOIN_NORMALIZATION_SUMS, operands: 7, written: 3) {
      var work = ek_batch_gradient()
      (work.samples, work.channels, work.pixels) = (samples, layout.channels, layout.pixels)
      work.sums_stride = 2 * paddedChannels(layout.channels)
      work.adds = adds ? 1 : 0
      $0.as.batch_gradient = work
    }
  }

  /// The gradient by the normalisation's input. Operands: scale, shift, factors, input, gradient by the activation's
  /// output; gradient by the input.
  public static func gradientByNormalization(_ layout: ValueLayout, _ activation: Activation) -> BatchCall {
    BatchCall(EK_GRADIENT_BY_NORMALIZATION, operands: 6) {
      var work = ek_normalization_gradient()
      (work.channels, work.pixels) = (layout.channels, layout.pixels)
      work.activation = activation.forKernels
      $0.as.normalization_gradient = work
    }
  }

  /// Channels with their padding.
  public static func paddedChannels(_ channels: Int) -> Int {
    let block = InstructionSet.current.block
    return (channels + block - 1) / block * block
  }

  // MARK: Layers

  /// Over each of `rows` rows of `width` numbers, or where `rows` is nil over a map's channels at each pixel.
  ///
  /// Operands: scale, shift (each may be nil), input; output.
  public static func normalizeLayer(_ layout: ValueLayout, rows: (count: Int, width: Int)?, epsilon: Float) -> BatchCall
  {
    BatchCall(EK_NORMALIZE_LAYER, operands: 4) { $0.as.layer = layer(layout, rows, epsilon) }
  }

  /// Operands: scale or nil, input, gradient by the output; gradient by the input, gradients by scale and shift (one after
  /// the other, those of maps padded to whole blocks) or nil.
  public static func gradientByLayerNormalization(
    _ layout: ValueLayout, rows: (count: Int, width: Int)?, epsilon: Float
  ) -> BatchCall {
    BatchCall(EK_GRADIENT_BY_LAYER_NORMALIZATION, operands: 5, written: 2) {
      $0.as.layer_gradient.normalization = layer(layout, rows, epsilon)
    }
  }

  private static func layer(
    _ layout: ValueLayout, _ rows: (count: Int, width: Int)?, _ epsilon: Float
  ) -> ek_layer_normalization {
    var work = ek_layer_normalization()
    (work.channels, work.pixels) = (rows?.width ?? layout.channels, rows == nil ? layout.pixels : 1)
    work.rows = rows?.count ?? 0
    work.epsilon = epsilon
    return work
  }

  /// Operands: input; output.
  public static func softmax(rows: Int, width: Int) -> BatchCall {
    BatchCall(EK_SOFTMAX, operands: 2) {
      $0.as.softmax = ek_softmax(rows: rows, width: width, input: nil, output: nil)
    }
  }

  /// Operands: softmax's output, gradient by it; gradient by its input.
  public static func gradientBySoftmax(rows: Int, width: Int) -> BatchCall {
    BatchCall(EK_GRADIENT_BY_SOFTMAX, operands: 3) {
      $0.as.softmax_gradient = ek_softmax_gradient(rows: rows, width: width, result: nil, gradient: nil, output: nil)
    }
  }
}
