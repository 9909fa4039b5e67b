import Tensors

/// What this machine can do at most with some threads, as measured.
struct MachineLimits {
  /// Floating-point operations a second.
  var floatingPointRate: Double
  /// Bytes a second from memory.
  var readingRate: Double

  /// A buffer that no cache holds, where there is memory for it.
  private static let bufferBytes = 256 << 20

  init(threads: Int) throws(Failure) {
    guard let probe = MachineProbe(threads: threads) else {
      throw Failure(.temporary, "the system refuses \(threads) threads")
    }
    floatingPointRate = probe.floatingPointRate()
    let available = ProcessFigures.availableBytes ?? Self.bufferBytes
    readingRate = probe.readingRate(bytes: min(Self.bufferBytes, max(available / 4, 1 << 20)))
  }
}
