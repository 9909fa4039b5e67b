import Tensors
import Testing

@testable import Learning

@Suite struct ChannelStatisticsTests {
  private let pictures = PictureSet(
    name: "two", sampleShape: [1, 2, 1, 2], classNames: ["a"], bytes: [0, 255, 51, 51, 255, 255, 51, 51],
    labels: [0, 0])

  @Test func looksAtEachChannel() throws {
    let statistics = try ChannelStatistics(of: pictures)
    #expect(abs(statistics.mean[0] - 0.75) < 1e-6)
    #expect(abs(statistics.deviation[0] - 0.433_012_7) < 1e-6)
    #expect(abs(statistics.mean[1] - 0.2) < 1e-6)
    #expect(statistics.deviation[1] == 1)
  }

  @Test func looksAtSomeOfManySamples() throws {
    let many = DataSubset(pictures, indices: [Int](repeating: 0, count: 100) + [1])
    let drawn = try ChannelStatistics(of: many, limit: 10, seed: 3)
    #expect(try drawn == ChannelStatistics(of: many, limit: 10, seed: 3))
    #expect(abs(drawn.mean[0] - 0.5) <= 0.05)
  }
}

@Suite struct SeededRandomTests {
  @Test func isTheSameEverywhere() {
    // Worked out elsewhere by the paper's three lines.
    var random = SeededRandom(seed: 42)
    let expected: [UInt64] = [0x57e1_faba_6510_7204, 0xf4ab_d143_feb2_4055, 0x7c81_6738_c129_03b2]
    #expect(expected.allSatisfy { random.next() == $0 })
  }

  @Test func pathsDiffer() {
    let streams = [[0, 0], [0, 1], [1, 0], [1, 1], [-1, 0]].map { path in
      var random = SeededRandom(seed: 1, path[0], path[1])
      return random.next()
    }
    #expect(Set(streams).count == 5)
  }

  @Test func drawsEvenly() {
    var random = SeededRandom(seed: 8)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.below(7)] += 1 }
    #expect(counts.allSatisfy { (9_600...10_400).contains($0) })
    #expect((0..<1_000).allSatisfy { _ in (0..<1).contains(random.unit()) })
  }
}
