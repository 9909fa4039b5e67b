import CKernels

extension FeatureMap {
  /// Sets a range of the channel-major sequence that the given rows form.
  ///
  /// The sequence is the rows' pixels, row after row; a chunk of it may start and end in the middle of a row.
  /// - Parameters:
  ///   - rows: channels, ascending, each in range.
  ///   - offset: the element of the sequence at which `bytes` starts.
  ///   - bytes: little-endian single-precision numbers at any alignment; they must end within the sequence.
  public mutating func set(rows: [Int], offset: Int, from bytes: UnsafeRawBufferPointer) {
    let count = bytes.count / 4
    checkRows(rows)
    precondition(
      bytes.count % 4 == 0 && offset >= 0 && count <= rows.count * pixels && offset <= rows.count * pixels - count,
      "\(bytes.count) bytes at element \(offset) do not fit into \(rows.count) rows of \(pixels)")
    guard let base = bytes.baseAddress, count > 0 else { return }
    makeUnique()
    var done = 0
    while done < count {
      let (index, pixel) = (offset + done).quotientAndRemainder(dividingBy: pixels)
      let step = min(pixels - pixel, count - done)
      ek_scatter(step, base + done * 4, block, start(ofRow: rows[index]) + pixel * block)
      done += step
    }
  }

  /// Sets all pixels of the given rows to `value`.
  public mutating func fill(rows: [Int], with value: Float) {
    checkRows(rows)
    makeUnique()
    for row in rows { ek_fill_strided(pixels, value, start(ofRow: row), block) }
  }

  /// Channels picked in the given order; an index of -1 gives zeros.
  public func selecting(rows: [Int]) -> FeatureMap {
    let result = FeatureMap(uninitialized: rows.count, height, width, on: instructionSet)
    let blockElements = pixels * block
    for first in stride(from: 0, to: rows.count, by: block) {
      let picked = rows[first..<min(first + block, rows.count)]
      let to = result.storage.pointer + first / block * blockElements
      if let whole = wholeBlock(picked) {
        to.update(from: storage.pointer + whole * blockElements, count: blockElements)
        continue
      }
      to.initialize(repeating: 0, count: blockElements)
      for (lane, row) in picked.enumerated() where row != -1 {
        precondition(row >= 0 && row < channels, "row \(row) is not in a map of \(channels) channels")
        ek_copy_strided(pixels, start(ofRow: row), block, to + lane, block)
      }
    }
    return result
  }

  /// The maps' channels one after the other. All maps have the same height and width; there is at least one.
  public static func concatenating(_ maps: [FeatureMap]) -> FeatureMap {
    precondition(!maps.isEmpty, "nothing to concatenate")
    let first = maps[0]
    let channels = maps.reduce(0) { $0 + $1.channels }
    let result = FeatureMap(uninitialized: channels, first.height, first.width, on: first.instructionSet)
    let block = first.block
    var row = 0
    for map in maps {
      precondition(
        map.height == first.height && map.width == first.width && map.block == block,
        "maps of \(first.shape) and \(map.shape) cannot be concatenated")
      if row % block == 0 {
        // Block-aligned: the blocks move as they are, padding lanes included; the next map overwrites those.
        result.start(ofRow: row).update(from: map.storage.pointer, count: map.storage.count)
      } else {
        for channel in 0..<map.channels {
          ek_copy_strided(map.pixels, map.start(ofRow: channel), block, result.start(ofRow: row + channel), block)
        }
        let padding = row + map.channels
        for lane in padding..<((padding + block - 1) / block * block) {
          ek_fill_strided(map.pixels, 0, result.start(ofRow: lane), block)
        }
      }
      row += map.channels
    }
    return result
  }

  /// The block that holds exactly these rows in this order, if there is one.
  private func wholeBlock(_ rows: ArraySlice<Int>) -> Int? {
    guard rows.count == block, let first = rows.first, first >= 0, first % block == 0, first + block <= channels else {
      return nil
    }
    return rows.elementsEqual(first..<(first + block)) ? first / block : nil
  }

  private func checkRows(_ rows: [Int]) {
    precondition(rows.allSatisfy { $0 >= 0 && $0 < channels }, "a row is not in a map of \(channels) channels")
  }
}
