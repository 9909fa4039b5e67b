import Membership
import Testing

@testable import Mesh

@Suite struct TransferTests {
  static let chunk = Limits.chunkBytes
  static let sizes = [1, 4, chunk - 1, chunk, chunk + 1, 3 * chunk, 5 * chunk + 7]

  @Test(arguments: sizes)
  func chunksCoverTheTensor(bytes: Int) {
    let chunks = Transfer.chunks(of: bytes)
    var end = 0
    for (offset, length) in chunks {
      #expect(offset == end)
      #expect((1...Self.chunk).contains(length))
      end = offset + length
    }
    #expect(end == bytes)
  }

  @Test(arguments: sizes, 1...5)
  func chunksComeInAnyOrder(bytes: Int, seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var chunks = Transfer.chunks(of: bytes)
    random.shuffle(&chunks)
    var transfer = Transfer(totalBytes: bytes)
    #expect(!transfer.hasBegun)
    for (index, chunk) in chunks.enumerated() {
      #expect(!transfer.isComplete)
      #expect(transfer.receive(offset: chunk.offset, length: chunk.length) == .new, "seed \(seed)")
      #expect(transfer.hasBegun)
      let again = chunks[random.below(index + 1)]
      #expect(transfer.receive(offset: again.offset, length: again.length) == .duplicate, "seed \(seed)")
    }
    #expect(transfer.isComplete)
  }

  /// Offset and length, of a tensor of two chunks and seven bytes.
  static let misfits: [(Int, Int)] = [
    (0, chunk - 1), (0, chunk + 1), (1, chunk), (chunk / 2, chunk), (-chunk, chunk), (2 * chunk, chunk), (2 * chunk, 8),
    (3 * chunk, 0), (3 * chunk, 7), (4 * chunk, 7), (0, 0), (Int.max, 1), (Int.min, 1), (0, Int.max), (0, Int.min),
    (0, -1),
  ]

  @Test(arguments: misfits)
  func whatLiesElsewhereIsMalformed(offset: Int, length: Int) {
    var transfer = Transfer(totalBytes: 2 * Self.chunk + 7)
    #expect(transfer.receive(offset: offset, length: length) == .malformed)
    #expect(!transfer.hasBegun)
  }

  @Test func nothingIsCompleteAtOnce() {
    var transfer = Transfer(totalBytes: 0)
    #expect(transfer.isComplete)
    #expect(!transfer.hasBegun)
    #expect(transfer.receive(offset: 0, length: 0) == .malformed)
    #expect(Transfer.chunks(of: 0).isEmpty)
  }
}
