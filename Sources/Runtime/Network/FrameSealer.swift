/// The seam at which frames are sealed on their way out and opened on their way in.
///
/// Until frames are sealed an agent listens on loopback only, unless it is told otherwise.
protocol FrameSealer: Sendable {
  /// Whether frames can cross a network that others can reach.
  var protects: Bool { get }
  /// Whether a received frame is authentic; what is not changes nothing but a counter.
  func opens(_ frame: UnsafeRawBufferPointer) -> Bool
}

/// Frames as they are: every well-formed one is believed.
struct PlainFrames: FrameSealer {
  var protects: Bool { false }
  func opens(_ frame: UnsafeRawBufferPointer) -> Bool { true }
}
