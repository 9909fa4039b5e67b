/// How a program keeps a value.
public enum ValueLayout: Hashable, Sendable {
  /// A feature map in blocked channels.
  case map(channels: Int, height: Int, width: Int)
  /// Numbers in row-major order.
  case plain(count: Int)

  /// Floats that the value takes, padding lanes included.
  func floatCount(on instructionSet: InstructionSet) -> Int {
    switch self {
    case .map(let channels, let height, let width):
      let block = instructionSet.block
      return (channels + block - 1) / block * block * height * width
    case .plain(let count): return count
    }
  }

  /// Bytes that the value takes on this machine, padding lanes included.
  public var byteCount: Int { floatCount(on: .current) * MemoryLayout<Float>.stride }

  /// Whether it is a map of one pixel: then its channels stand as plain numbers do.
  public var hasOnePixel: Bool {
    if case .map(_, 1, 1) = self { true } else { false }
  }

  var pixels: Int {
    switch self {
    case .map(_, let height, let width): height * width
    case .plain: 1
    }
  }
}
