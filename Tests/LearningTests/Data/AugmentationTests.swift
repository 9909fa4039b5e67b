import Tensors
import Testing

@testable import Learning

@Suite struct AugmentationTests {
  private func varied(_ augmentation: Augmentation, seed: UInt64) -> [[Float]] {
    let source = (1...40).map(Float.init)
    var target = [Float](repeating: -1, count: 40)
    var random = SeededRandom(seed: seed)
    source.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer {
        augmentation.vary(source, into: $0, height: 4, width: 5, random: &random)
      }
    }
    return [Array(target[..<20]), Array(target[20...])]
  }

  /// The picture shifted and mirrored the slow way.
  private func moved(_ plane: Int, down: Int, right: Int, mirrored: Bool) -> [Float] {
    (0..<20).map { position in
      let row = position / 5 + down
      let column = (mirrored ? 4 - position % 5 : position % 5) + right
      guard (0..<4).contains(row), (0..<5).contains(column) else { return 0 }
      return Float(plane * 20 + row * 5 + column + 1)
    }
  }

  @Test func everyShiftAndMirrorImageComesUpAndNothingElse() {
    var seen: Set<[Int]> = []
    for seed in 0..<2_000 {
      let planes = varied(Augmentation(padding: 2, flips: true), seed: UInt64(seed))
      var found: [Int]?
      for down in -2...2 {
        for right in -2...2 {
          for mirrored in [false, true]
          where planes == (0..<2).map({ moved($0, down: down, right: right, mirrored: mirrored) }) {
            found = [down, right, mirrored ? 1 : 0]
          }
        }
      }
      guard let found else {
        Issue.record("seed \(seed) gave no shift of the picture")
        return
      }
      seen.insert(found)
    }
    #expect(seen.count == 50)
  }

  @Test func nothingChangesWithoutAWish() {
    let still = (0..<2).map { moved($0, down: 0, right: 0, mirrored: false) }
    for seed in 0..<20 { #expect(varied(.none, seed: UInt64(seed)) == still) }
  }

  @Test func cutoutIsASquareThatMayLeaveThePicture() {
    var sizes: Set<Int> = []
    for seed in 0..<500 {
      let planes = varied(Augmentation(cutout: 3), seed: UInt64(seed))
      let holes = planes[0].indices.filter { planes[0][$0] == 0 }
      #expect(holes == planes[1].indices.filter { planes[1][$0] == 0 })
      let rows = Set(holes.map { $0 / 5 })
      let columns = Set(holes.map { $0 % 5 })
      #expect(holes.count == rows.count * columns.count)
      #expect((2...3).contains(rows.count) && (2...3).contains(columns.count))
      for position in 0..<20 where !holes.contains(position) { #expect(planes[0][position] == Float(position + 1)) }
      sizes.insert(holes.count)
    }
    #expect(sizes == [4, 6, 9])
  }

  @Test func blendedSamplesShareTheirTargets() throws {
    let data = Numbered(count: 40)
    let plain = try #require(try BatchStream(data, batchSize: 40, seed: 2, epoch: 0).next())
    let mixed = try #require(
      try BatchStream(data, batchSize: 40, seed: 2, epoch: 0, augmentation: Augmentation(mixup: 0.4)).next())
    for row in 0..<40 {
      let partner = 39 - row
      let target = mixed.targets[row * 3..<row * 3 + 3]
      #expect(abs(target.reduce(0, +) - 1) < 1e-6)
      #expect(target.allSatisfy { $0 >= 0 })
      // The share is read off the inputs, which differ by a constant between any two of these pictures.
      let own = plain.inputs[row * 20]
      let other = plain.inputs[partner * 20]
      let share = (mixed.inputs[row * 20] - other) / (own - other)
      for position in 0..<20 {
        let expected = share * plain.inputs[row * 20 + position] + (1 - share) * plain.inputs[partner * 20 + position]
        #expect(abs(mixed.inputs[row * 20 + position] - expected) < 1e-3)
      }
      if plain.labels[row] != plain.labels[partner] {
        #expect(abs(mixed.targets[row * 3 + plain.labels[row]] - share) < 1e-3)
      }
      let weight = mixed.targets[row * 3 + mixed.labels[row]]
      #expect(weight >= 0.5)
    }
  }

  @Test(arguments: [0.1, 0.4, 1, 4]) func sharesFollowTheBetaDistribution(alpha: Double) {
    var random = SeededRandom(seed: 9)
    let shares = (0..<20_000).map { _ in Double(random.beta(alpha)) }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / 20_000
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 0.5) < 0.01)
    #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.005)
  }
}
