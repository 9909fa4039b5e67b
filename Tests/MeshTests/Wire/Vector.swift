import Membership
import Mesh
import Plans

/// A message as it travels, with the value that it stands for: one file of `Protocol/vectors/frames` each.
struct Vector: Sendable, CustomStringConvertible {
  enum Content: Sendable, Hashable {
    case frame(Frame)
    case client(ClientFrame)
    case reply(ClientReply)
  }

  var name: String
  var about: String
  var content: Content
  /// The tensor bytes behind the header.
  var payload: [UInt8] = []

  var description: String { name }

  var header: [UInt8] { Self.encode(content) }
  var bytes: [UInt8] { header + payload }

  static func encode(_ content: Content) -> [UInt8] {
    switch content {
    case .frame(let frame): FrameCodec.encode(frame)
    case .client(let frame): ClientCodec.encode(frame)
    case .reply(let reply): ClientCodec.encode(reply)
    }
  }

  /// The decoders that a message may meet.
  enum Reader: CaseIterable, Sendable {
    case agent, gateway, client

    func decode(_ bytes: [UInt8]) throws(DecodeError) -> (content: Content, headerLength: Int) {
      switch self {
      case .agent:
        let (frame, length) = try FrameCodec.decode(bytes.span)
        return (.frame(frame), length)
      case .gateway:
        let (frame, length) = try ClientCodec.decodeFrame(bytes.span)
        return (.client(frame), length)
      case .client:
        let (reply, length) = try ClientCodec.decodeReply(bytes.span)
        return (.reply(reply), length)
      }
    }
  }

  var reader: Reader {
    switch content {
    case .frame: .agent
    case .client: .gateway
    case .reply: .client
    }
  }

  /// Sixteen bytes a line, behind one line that says what they are.
  var file: String {
    var lines = ["# \(about)"]
    for start in stride(from: 0, to: bytes.count, by: 16) {
      lines.append(bytes[start..<min(start + 16, bytes.count)].map(Self.hexadecimal).joined(separator: " "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }

  /// The bytes of a vector's file; nil where it is not one.
  static func bytes(file: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    for line in file.split(separator: "\n") where !line.hasPrefix("#") {
      for word in line.split(separator: " ") {
        guard word.utf8.count == 2, let byte = UInt8(word, radix: 16) else { return nil }
        bytes.append(byte)
      }
    }
    return bytes
  }
}
