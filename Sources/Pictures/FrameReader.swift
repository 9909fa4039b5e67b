import Glibc

/// Cuts a stream, such as a camera's on standard input, into raw frames of height x width x channels bytes.
///
/// Reading blocks until a frame is there: use it on a thread that may wait.
public struct FrameReader: Sendable {
  public let width: Int
  public let height: Int
  public let channels: Int
  private let descriptor: Int32
  private let name: String
  private var framesRead = 0

  /// Reads from `descriptor` (0 is standard input), which stays the caller's to close; errors call the stream `name`.
  public init(
    descriptor: Int32 = 0, width: Int, height: Int, channels: Int, name: String = "standard input"
  ) throws(PictureError) {
    try PictureLimits.check(width: width, height: height, name: name, kind: "raw")
    guard channels == 1 || channels == 3 else {
      throw .misfit(name: name, reason: "raw frames have 1 or 3 channels, not \(channels)")
    }
    self.descriptor = descriptor
    self.width = width
    self.height = height
    self.channels = channels
    self.name = name
  }

  /// The next frame, or nil where the stream ended after a whole one.
  public mutating func next() throws(PictureError) -> Picture? {
    var frame = [UInt8](repeating: 0, count: width * height * channels)
    var filled = 0
    while filled < frame.count {
      let count = frame.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
      }
      if count < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN:
          var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          _ = poll(&ready, 1, 1000)
          continue
        case let code: throw .unreadable(name: name, reason: FileBytes.message(code))
        }
      }
      if count == 0 {
        if filled == 0 { return nil }
        throw .malformed(
          name: name, kind: "raw",
          reason: "it ended after \(filled) of the \(frame.count) bytes of frame \(framesRead + 1) "
            + "(\(width)x\(height), \(channels) bytes a pixel)")
      }
      filled += count
    }
    framesRead += 1
    return Picture(width: width, height: height, channels: channels, samples: frame)
  }
}
