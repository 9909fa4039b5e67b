/// How training pictures are varied: each differently in each epoch, by seed, epoch and position alone.
public struct Augmentation: Hashable, Codable, Sendable {
  /// Pictures are shifted by at most this many pixels each way; what comes in is black (0). This is a crop of the
  /// original size out of the picture padded with zeros.
  public var padding: Int
  /// Whether half of the pictures are mirrored left to right.
  public var flips: Bool
  /// The side of a square, anywhere and cut off at the border, that is made black; 0 for none (DeVries and Taylor,
  /// "Improved regularization of convolutional neural networks with cutout", 2017).
  public var cutout: Int
  /// The parameter of the Beta distribution by which pairs of samples are blended, inputs and targets alike; 0 for none
  /// (Zhang et al., "mixup: beyond empirical risk minimization", 2018).
  public var mixup: Float

  public init(padding: Int = 0, flips: Bool = false, cutout: Int = 0, mixup: Float = 0) {
    self.padding = padding
    self.flips = flips
    self.cutout = cutout
    self.mixup = mixup
  }

  public static let none = Augmentation()
  /// What small colour pictures are usually trained with: shifts of up to 4 pixels and mirror images.
  public static let standard = Augmentation(padding: 4, flips: true)

  /// Throws where it cannot be applied to the samples of `data`.
  func check(_ data: any DataSet) throws(LearningError) {
    guard padding >= 0, cutout >= 0, mixup >= 0, mixup.isFinite else {
      throw .mismatch("padding, cutout and mixup must not be negative")
    }
    guard padding > 0 || flips || cutout > 0 else { return }
    guard let extents = data.pictureExtents else {
      throw .mismatch(
        "the samples of \(data.name) are plain numbers (\(data.sampleShape)): shifts, flips and cutout need pictures")
    }
    guard padding <= min(extents.height, extents.width) else {
      throw .mismatch(
        "pictures of \(extents.height)x\(extents.width) cannot be shifted by \(padding) pixels; pad less")
    }
  }

  /// Whether pictures are changed one by one.
  var changesPictures: Bool { padding > 0 || flips || cutout > 0 }

  /// Writes `source` (`planes` x `height` x `width`), varied by `random`, to `target`.
  func vary(
    _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>, height: Int, width: Int,
    random: inout SeededRandom
  ) {
    // Every draw is made whatever the settings, so that one setting does not change another's draws.
    let down = random.below(2 * padding + 1) - padding
    let right = random.below(2 * padding + 1) - padding
    let isMirrored = random.below(2) == 1 && flips
    let row = random.below(height)
    let column = random.below(width)

    let planes = source.count / (height * width)
    let columns = max(0, -right)..<min(width, width - right)
    target.update(repeating: 0)
    for plane in 0..<planes {
      for row in max(0, -down)..<min(height, height - down) {
        let from = (plane * height + row + down) * width + right
        let to = (plane * height + row) * width
        if isMirrored {
          for column in columns { target[to + width - 1 - column] = source[from + column] }
        } else {
          for column in columns { target[to + column] = source[from + column] }
        }
      }
    }
    guard cutout > 0 else { return }
    let rows = max(0, row - cutout / 2)..<min(height, row - cutout / 2 + cutout)
    let cut = max(0, column - cutout / 2)..<min(width, column - cutout / 2 + cutout)
    for plane in 0..<planes {
      for row in rows {
        let first = (plane * height + row) * width
        for column in cut { target[first + column] = 0 }
      }
    }
  }
}
