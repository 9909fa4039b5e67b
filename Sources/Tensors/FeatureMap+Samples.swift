import CKernels

extension FeatureMap {
  /// One sample of a batch of maps: of [N, C, H, W], or of [N, C, L] as one row each.
  public init(sample: Int, of batch: Tensor) { self.init(sample: sample, of: batch, on: .current) }

  init(sample: Int, of batch: Tensor, on instructionSet: InstructionSet) {
    let shape = batch.shape
    precondition(
      (shape.rank == 4 || shape.rank == 3) && sample >= 0 && sample < shape[0],
      "a tensor of \(shape) has no feature map \(sample)")
    self.init(
      uninitialized: shape[1], shape.rank == 4 ? shape[2] : 1, shape[shape.rank - 1], on: instructionSet)
    withExtendedLifetime(batch) {
      instructionSet.fromPlanes(
        ek_layout(
          channels: channels, pixels: pixels, from: UnsafePointer(batch.storage.pointer + sample * channels * pixels),
          to: storage.pointer))
    }
  }

  /// The samples as one batch of `shape`, which holds exactly their elements; the maps have the same extents.
  public static func batch(_ samples: [FeatureMap], shape: Shape) -> Tensor {
    Tensor(shape: shape) { buffer in
      guard var to = buffer.baseAddress else { return }
      let count = samples.reduce(0) { $0 + $1.channels * $1.pixels }
      precondition(buffer.count == count, "\(samples.count) maps do not fill a batch of \(shape)")
      for map in samples {
        map.instructionSet.toPlanes(
          ek_layout(channels: map.channels, pixels: map.pixels, from: UnsafePointer(map.storage.pointer), to: to))
        to += map.channels * map.pixels
      }
    }
  }
}
