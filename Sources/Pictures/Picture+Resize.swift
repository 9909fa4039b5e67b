extension Picture {
  /// The picture at another size, by a triangle filter that widens with the reduction, so that shrinking averages over
  /// all source pixels instead of skipping some.
  ///
  /// This is what networks are trained with: the result equals Pillow's `resize(..., BILINEAR)`, which torchvision
  /// uses, sample by sample: both passes round to 8 bits, first along the rows, then along the columns. (Recent versions
  /// of Pillow take the columns of very tall pictures first; a sample may then differ by 1.)
  public func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(newWidth > 0 && newHeight > 0)
    var picture = self
    if newWidth != width {
      let taps = Taps(from: width, to: newWidth)
      picture = picture.filtered(width: newWidth, height: height) { source, target in
        for row in 0..<height {
          for column in 0..<newWidth {
            let first = (row * width + taps.starts[column]) * channels
            for channel in 0..<channels {
              target[(row * newWidth + column) * channels + channel] = taps.sum(
                column, source, first + channel, channels)
            }
          }
        }
      }
    }
    if newHeight != height {
      let taps = Taps(from: height, to: newHeight)
      let rowLength = newWidth * channels
      picture = picture.filtered(width: newWidth, height: newHeight) { source, target in
        for row in 0..<newHeight {
          let first = taps.starts[row] * rowLength
          for index in 0..<rowLength {
            target[row * rowLength + index] = taps.sum(row, source, first + index, rowLength)
          }
        }
      }
    }
    return picture
  }

  /// The picture with its shorter side at `side` and its proportions kept; the longer side is rounded down.
  public func resized(shorterSide side: Int) -> Picture {
    precondition(side > 0)
    return width <= height
      ? resized(width: side, height: Swift.max(side, side * height / width))
      : resized(width: Swift.max(side, side * width / height), height: side)
  }

  /// The middle of the picture; where the margins cannot be equal, the offset is rounded to even, as torchvision does.
  /// Nil where the picture is smaller.
  public func centreCropped(width newWidth: Int, height newHeight: Int) -> Picture? {
    guard newWidth > 0, newHeight > 0, newWidth <= width, newHeight <= height else { return nil }
    if newWidth == width, newHeight == height { return self }
    let left = Int((Double(width - newWidth) / 2).rounded(.toNearestOrEven))
    let top = Int((Double(height - newHeight) / 2).rounded(.toNearestOrEven))
    var cropped: [UInt8] = []
    cropped.reserveCapacity(newWidth * newHeight * channels)
    for row in top..<top + newHeight {
      let first = (row * width + left) * channels
      cropped += samples[first..<first + newWidth * channels]
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, samples: cropped)
  }

  private func filtered(
    width: Int, height: Int, _ body: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> Picture {
    let count = width * height * channels
    let filtered = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      samples.withUnsafeBufferPointer { body($0, target) }
      initialized = count
    }
    return Picture(width: width, height: height, channels: channels, samples: filtered)
  }
}

/// For each position of a resized axis, the source positions that it averages and their weights.
private struct Taps {
  /// Weights are whole numbers in units of 2^-22: 8 bits of sample and 22 of weight fit 32, with two bits to spare.
  private static let precision = 22

  /// The first source position of each target position.
  let starts: [Int]
  /// Weights of all target positions, `span` apart.
  private let weights: [Int32]
  private let counts: [Int]
  private let span: Int

  init(from source: Int, to target: Int) {
    let scale = Double(source) / Double(target)
    let support = Swift.max(scale, 1)
    span = Int(support.rounded(.up)) * 2 + 1
    var starts: [Int] = []
    var counts: [Int] = []
    var weights = [Int32](repeating: 0, count: target * span)
    for position in 0..<target {
      let centre = (Double(position) + 0.5) * scale
      let start = Swift.max(0, Int(centre - support + 0.5))
      let end = Swift.min(source, Int(centre + support + 0.5))
      let triangle = (start..<end).map { Swift.max(0, 1 - ((Double($0) + 0.5 - centre) / support).magnitude) }
      let total = triangle.reduce(0, +)
      for (index, weight) in triangle.enumerated() {
        weights[position * span + index] = Int32((weight / total * Double(1 << Self.precision)).rounded())
      }
      starts.append(start)
      counts.append(triangle.count)
    }
    self.starts = starts
    self.counts = counts
    self.weights = weights
  }

  /// The weighted sum for target `position` over the samples from `first`, `step` apart.
  @inline(__always)
  func sum(_ position: Int, _ samples: UnsafeBufferPointer<UInt8>, _ first: Int, _ step: Int) -> UInt8 {
    var sum = Int32(1) << (Self.precision - 1)
    for index in 0..<counts[position] {
      sum &+= weights[position * span + index] &* Int32(samples[first + index * step])
    }
    return UInt8(clamping: sum >> Self.precision)
  }
}
