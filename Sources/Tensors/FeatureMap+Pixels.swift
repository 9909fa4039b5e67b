import CKernels

extension FeatureMap {
  /// The map without so many pixels at its edges.
  func cropped(top: Int, left: Int, bottom: Int, right: Int) -> FeatureMap {
    if top == 0, left == 0, bottom == 0, right == 0 { return self }
    precondition(
      top >= 0 && left >= 0 && bottom >= 0 && right >= 0 && top + bottom < height && left + right < width,
      "a crop leaves nothing of \(shape)")
    let result = FeatureMap(uninitialized: channels, height - top - bottom, width - left - right, on: instructionSet)
    for first in stride(from: 0, to: channels, by: block) {
      let from = blockStart(first)
      let to = result.blockStart(first)
      for row in 0..<result.height {
        (to + row * result.width * block).update(
          from: from + ((row + top) * width + left) * block, count: result.width * block)
      }
    }
    return result
  }

  /// Puts the pixels of `map`, which has as many channels, at each `step`-th place from (top, left) on. All fit.
  mutating func interleave(_ map: FeatureMap, top: Int, left: Int, stepY: Int, stepX: Int) {
    precondition(
      map.channels == channels && map.block == block && map.height > 0 && map.width > 0
        && top + (map.height - 1) * stepY < height && left + (map.width - 1) * stepX < width,
      "\(map.shape) does not interleave with \(shape)")
    makeUnique()
    for first in stride(from: 0, to: channels, by: block) {
      let from = map.blockStart(first)
      let to = blockStart(first)
      for y in 0..<map.height {
        let source = from + y * map.width * block
        let target = to + ((top + y * stepY) * width + left) * block
        for x in 0..<map.width {
          (target + x * stepX * block).update(from: source + x * block, count: block)
        }
      }
    }
  }

  /// Sets all pixels of each channel to its value.
  mutating func fill(_ values: [Float]) {
    precondition(values.count == channels, "\(channels) channels need as many values")
    makeUnique()
    storage.pointer.update(repeating: 0, count: storage.count)
    for (row, value) in values.enumerated() { ek_fill_strided(pixels, value, start(ofRow: row), block) }
  }

  /// Where the block of a channel that is the first of its block begins.
  private func blockStart(_ channel: Int) -> UnsafeMutablePointer<Float> {
    storage.pointer + channel * pixels
  }
}
