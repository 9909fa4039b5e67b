import Tensors

/// Samples that a network is trained or tested with in one step.
public struct Batch: Sendable, Equatable {
  /// N samples, each row-major (for pictures N x C x H x W).
  public var inputs: [Float]
  /// N labels; of blended samples that of the one that weighs more.
  public var labels: [Int]
  /// N x classes: what the network should say, each row adding up to 1. One class is 1, or two share it where samples
  /// are blended.
  public var targets: [Float]
  /// Which batch of its epoch it is, from 0.
  public var step: Int

  /// N.
  public var count: Int { labels.count }
}

/// Makes the batches of one epoch, each from its number alone.
struct BatchMaker: Sendable {
  let data: any DataSet
  let batchSize: Int
  let seed: UInt64
  let epoch: Int
  let augmentation: Augmentation
  /// The data set's indices in the order of this epoch.
  let order: [Int]

  /// The samples of batch `step`, or nil where `isCancelled` said so in between.
  func batch(_ step: Int, isCancelled: () -> Bool) throws(LearningError) -> Batch? {
    let positions = step * batchSize..<min(order.count, (step + 1) * batchSize)
    let length = data.sampleShape.elementCount
    let classes = data.classNames.count
    var batch = Batch(
      inputs: [Float](repeating: 0, count: positions.count * length),
      labels: [Int](repeating: 0, count: positions.count),
      targets: [Float](repeating: 0, count: positions.count * classes), step: step)
    var untouched = [Float](repeating: 0, count: augmentation.changesPictures ? length : 0)
    for (row, position) in positions.enumerated() {
      if isCancelled() { return nil }
      let label = try batch.inputs.withUnsafeMutableBufferPointer { (inputs) throws(LearningError) in
        let target = UnsafeMutableBufferPointer(rebasing: inputs[row * length..<(row + 1) * length])
        return try fill(target, at: position, untouched: &untouched)
      }
      batch.labels[row] = label
      batch.targets[row * classes + label] = 1
    }
    if augmentation.mixup > 0 { blend(&batch, from: positions.lowerBound) }
    return batch
  }

  private func fill(
    _ target: UnsafeMutableBufferPointer<Float>, at position: Int, untouched: inout [Float]
  ) throws(LearningError) -> Int {
    guard augmentation.changesPictures, let extents = data.pictureExtents else {
      return try data.read(order[position], into: target)
    }
    return try untouched.withUnsafeMutableBufferPointer { (untouched) throws(LearningError) in
      let label = try data.read(order[position], into: untouched)
      var random = SeededRandom(seed: seed, Purpose.augmentation, epoch, position)
      augmentation.vary(
        UnsafeBufferPointer(untouched), into: target, height: extents.height, width: extents.width, random: &random)
      return label
    }
  }

  /// Blends each sample with its mirror image in the batch: the first with the last, and so on.
  private func blend(_ batch: inout Batch, from first: Int) {
    let plain = batch
    let length = data.sampleShape.elementCount
    let classes = data.classNames.count
    for row in 0..<plain.count {
      var random = SeededRandom(seed: seed, Purpose.mixing, epoch, first + row)
      let share = random.beta(Double(augmentation.mixup))
      let partner = plain.count - 1 - row
      func mix(_ mixed: inout [Float], _ plain: [Float], _ length: Int) {
        for index in 0..<length {
          mixed[row * length + index] =
            share * plain[row * length + index] + (1 - share) * plain[partner * length + index]
        }
      }
      mix(&batch.inputs, plain.inputs, length)
      mix(&batch.targets, plain.targets, classes)
      if share < 0.5 { batch.labels[row] = plain.labels[partner] }
    }
  }
}
