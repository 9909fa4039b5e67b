import Tensors

/// Places buffers in one arena (`MemoryPlacement`), parts within their wholes and results over operands that nothing needs
/// any more.
struct ArenaPlan {
  /// Floats from the arena's start, by buffer.
  private(set) var offsets: [Int]
  private(set) var floatCount = 0

  /// - Parameter overwrites: outputs that a kernel may write over an input of the same size, if nothing needs that any
  ///   more; in the order in which they are made.
  init(_ buffers: [Emission.Buffer], overwrites: [(output: Int, input: Int)]) {
    var buffers = buffers
    offsets = [Int](repeating: 0, count: buffers.count)
    var lives = buffers.map { $0.first...Swift.max($0.first, $0.last) }
    for index in buffers.indices {
      let root = Self.root(of: index, in: buffers).buffer
      lives[root] = lives[root].joined(with: lives[index])
    }
    for (output, input) in overwrites {
      let (from, to) = (Self.root(of: input, in: buffers).buffer, Self.root(of: output, in: buffers).buffer)
      guard from != to, buffers[from].layout.byteCount == buffers[to].layout.byteCount,
        lives[from].upperBound == buffers[output].first, lives[to].lowerBound == buffers[output].first
      else { continue }
      buffers[to].whole = (from, 0)
      lives[from] = lives[from].joined(with: lives[to])
    }
    let roots = buffers.indices.filter { buffers[$0].whole == nil }
    let placement = MemoryPlacement(
      sizes: roots.map { buffers[$0].layout.byteCount / MemoryLayout<Float>.stride }, lives: roots.map { lives[$0] })
    for (root, offset) in zip(roots, placement.offsets) { offsets[root] = offset }
    floatCount = placement.floatCount
    for index in buffers.indices {
      let (root, offset) = Self.root(of: index, in: buffers)
      if root != index { offsets[index] = offsets[root] + offset }
    }
  }

  /// The buffer that a buffer is in the end a part of, and from which of its floats on.
  private static func root(of index: Int, in buffers: [Emission.Buffer]) -> (buffer: Int, offset: Int) {
    var (buffer, offset) = (index, 0)
    while let whole = buffers[buffer].whole {
      offset += whole.offset
      buffer = whole.buffer
    }
    return (buffer, offset)
  }
}

extension ClosedRange<Int> {
  fileprivate func joined(with other: Self) -> Self {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }
}
