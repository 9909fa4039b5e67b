/// Places buffers in one memory so that those needed at the same time do not overlap.
///
/// Largest first, each at the lowest place that is free all its life (Pisarchyk and Lee, Efficient Memory Management for
/// Deep Neural Net Inference, 2020, "greedy by size").
public struct MemoryPlacement: Sendable {
  /// Floats from the memory's start, by buffer.
  public private(set) var offsets: [Int]
  public private(set) var floatCount = 0

  /// Buffers begin at whole cache lines.
  private static let alignment = 16

  /// - Parameters:
  ///   - sizes: in floats. An empty buffer lies at the start.
  ///   - lives: the moments from which to which each buffer is needed.
  public init(sizes: [Int], lives: [ClosedRange<Int>]) {
    precondition(sizes.count == lives.count, "\(sizes.count) sizes and \(lives.count) lives")
    offsets = [Int](repeating: 0, count: sizes.count)
    let sizes = sizes.map { ($0 + Self.alignment - 1) / Self.alignment * Self.alignment }
    // In order of offsets, so that the first gap that is wide enough is the lowest.
    var placed: [Int] = []
    for index in sizes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) where sizes[index] > 0 {
      var offset = 0
      for other in placed where lives[other].overlaps(lives[index]) {
        if offset + sizes[index] <= offsets[other] { break }
        offset = Swift.max(offset, offsets[other] + sizes[other])
      }
      offsets[index] = offset
      placed.insert(index, at: placed.firstIndex { offsets[$0] > offset } ?? placed.count)
      floatCount = Swift.max(floatCount, offset + sizes[index])
    }
  }
}
