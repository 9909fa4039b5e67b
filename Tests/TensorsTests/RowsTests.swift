import Testing

@testable import Tensors

/// Rows set, filled, picked and joined, against the same on channel-major tensors.
@Suite struct RowsTests {
  @Test func tensorsComeBackAsTheyWent() {
    var randomness = Randomness(seed: 1)
    for set in InstructionSet.available {
      for channels in [1, 3, 7, 8, 9, 16, 17, 40] {
        for (height, width) in [(1, 1), (1, 15), (3, 5), (16, 16), (7, 33)] {
          let tensor = randomness.tensor([1, channels, height, width])
          let map = FeatureMap(tensor, on: set)
          #expect(map.tensor().elements == tensor.elements)
          #expect(map.withUnsafeBufferPointer { $0.count % (set.block * height * width) == 0 })
        }
      }
    }
    let row = FeatureMap(randomness.tensor([1, 3, 5]))
    #expect(row.shape == [1, 3, 1, 5])
  }

  /// Chunks of any length at any alignment, in any order, cover a slice's rows: the map then holds the slice.
  @Test func chunksAssembleASlice() {
    let seed: UInt64 = 2
    var randomness = Randomness(seed: seed)
    for round in 0..<300 {
      let channels = randomness.int(1...40)
      let (height, width) = (randomness.int(1...5), randomness.int(1...9))
      let before = randomness.tensor([1, channels, height, width])
      let rows = (0..<channels).filter { _ in randomness.rarely(2) }
      let slice = randomness.tensor([rows.count, height, width])
      var expected = before.elements
      for (index, row) in rows.enumerated() {
        for pixel in 0..<(height * width) {
          expected[row * height * width + pixel] = slice[index * height * width + pixel]
        }
      }
      // Cut at random places, dealt in random order.
      var cuts = (0..<randomness.int(0...6)).map { _ in randomness.int(0...slice.count) }
      cuts = ([0, slice.count] + cuts).sorted()
      let chunks = zip(cuts, cuts.dropFirst()).map { $0..<$1 }.shuffled(using: &randomness)
      for set in InstructionSet.available {
        var map = FeatureMap(before, on: set)
        let original = map
        for chunk in chunks {
          let misalignment = randomness.int(0...7)
          var bytes = [UInt8](repeating: 0xFF, count: misalignment)
          for index in chunk {
            withUnsafeBytes(of: slice[index].bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
          }
          bytes.withUnsafeBytes { buffer in
            map.set(
              rows: rows, offset: chunk.lowerBound, from: UnsafeRawBufferPointer(rebasing: buffer[misalignment...]))
          }
        }
        #expect(map.tensor().elements == expected, "\(set), seed \(seed), round \(round)")
        #expect(original.tensor().elements == before.elements, "a copy changed: \(set), seed \(seed), round \(round)")
        #expect(map.isFinite)
      }
    }
  }

  @Test func filledRowsAreTheValueAndTheOthersStay() {
    var randomness = Randomness(seed: 3)
    for set in InstructionSet.available {
      let tensor = randomness.tensor([1, 21, 3, 4])
      var map = FeatureMap(tensor, on: set)
      map.fill(rows: [0, 8, 20], with: 2.5)
      for channel in 0..<21 {
        let row = map.tensor().elements[(channel * 12)..<(channel * 12 + 12)]
        #expect(
          [0, 8, 20].contains(channel)
            ? row.allSatisfy { $0 == 2.5 } : row == tensor.elements[(channel * 12)..<(channel * 12 + 12)])
      }
    }
  }

  @Test func selectedRowsComeInTheirOrderWithZerosForNone() {
    let seed: UInt64 = 4
    var randomness = Randomness(seed: seed)
    for round in 0..<300 {
      let channels = randomness.int(1...50)
      let tensor = randomness.tensor([1, channels, randomness.int(1...4), randomness.int(1...7)])
      let pixels = tensor.count / channels
      var rows = (0..<randomness.int(0...50)).map { _ in randomness.int(-1...(channels - 1)) }
      // Runs, so that whole blocks occur.
      if randomness.rarely(2) { rows += Array(0..<channels) + rows }
      let expected = rows.flatMap { row in
        row == -1 ? [Float](repeating: 0, count: pixels) : (0..<pixels).map { tensor[row * pixels + $0] }
      }
      for set in InstructionSet.available {
        let result = FeatureMap(soiled: tensor, on: set).selecting(rows: rows)
        #expect(result.tensor().elements == expected, "\(set), seed \(seed), round \(round): \(rows)")
        #expect(result.channels == rows.count)
      }
    }
  }

  @Test func mapsConcatenateAlongChannels() {
    let seed: UInt64 = 6
    var randomness = Randomness(seed: seed)
    for round in 0..<300 {
      let (height, width) = (randomness.int(1...4), randomness.int(1...7))
      let parts = (0..<randomness.int(1...4)).map { _ in
        let channels = randomness.rarely(2) ? randomness.int(0...20) : 16 * randomness.int(0...2)
        return randomness.tensor([1, channels, height, width])
      }
      for set in InstructionSet.available {
        let result = FeatureMap.concatenating(parts.map { FeatureMap(soiled: $0, on: set) })
        #expect(
          result.tensor().elements == parts.flatMap(\.elements),
          "\(set), seed \(seed), round \(round): \(parts.map(\.shape))")
        #expect(result.isFinite)
      }
    }
  }
}
