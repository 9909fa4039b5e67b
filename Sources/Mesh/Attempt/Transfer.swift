/// A tensor arriving in chunks: which of them are here. Chunks may repeat and come in any order.
public struct Transfer: Sendable {
  public let totalBytes: Int
  private var present: [Bool]
  private var missing: Int

  public init(totalBytes: Int) {
    self.totalBytes = totalBytes
    missing = (totalBytes + Limits.chunkBytes - 1) / Limits.chunkBytes
    present = [Bool](repeating: false, count: missing)
  }

  public var isComplete: Bool { missing == 0 }
  public var hasBegun: Bool { missing < present.count }

  /// What a chunk at `offset` with `length` bytes is to this transfer.
  public enum Reception: Sendable { case new, duplicate, malformed }

  /// Takes note of a chunk. Chunks lie at multiples of `Limits.chunkBytes` and are full but for the last one.
  public mutating func receive(offset: Int, length: Int) -> Reception {
    guard offset >= 0, offset % Limits.chunkBytes == 0, offset < totalBytes,
      length == Swift.min(Limits.chunkBytes, totalBytes - offset)
    else { return .malformed }
    let index = offset / Limits.chunkBytes
    guard !present[index] else { return .duplicate }
    present[index] = true
    missing -= 1
    return .new
  }

  /// The chunks that a tensor of `totalBytes` travels in.
  public static func chunks(of totalBytes: Int) -> [(offset: Int, length: Int)] {
    stride(from: 0, to: totalBytes, by: Limits.chunkBytes).map {
      (offset: $0, length: Swift.min(Limits.chunkBytes, totalBytes - $0))
    }
  }
}
