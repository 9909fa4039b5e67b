import Execution
import Mesh

/// The buffers that the mind knows by name: received messages, computed slices, outputs. Lives on the reactor.
struct Buffers {
  enum Content {
    /// A received frame; its tensor bytes begin at the offset.
    case message(MessageBox, payloadOffset: Int)
    case slice(SliceBytes)
    case output(OutputBytes)
  }

  private var contents: [BufferHandle: Content] = [:]
  private var next: UInt64 = 1

  var count: Int { contents.count }

  mutating func keep(_ content: Content) -> BufferHandle {
    let handle = BufferHandle(next)
    next += 1
    contents[handle] = content
    return handle
  }

  /// Lets go of a buffer; the caller may go on with what it held.
  @discardableResult
  mutating func take(_ handle: BufferHandle) -> Content? { contents.removeValue(forKey: handle) }

  /// A message of a header and a part of a buffer, ready to send.
  func message(_ header: [UInt8], _ payload: Payload?) throws(SocketError) -> Message {
    guard let payload else { return try Message(header) }
    switch contents[payload.buffer] {
    case .message(let box, let start): return try box.message(header, payload.offset + start, payload.length)
    case .slice(let slice): return try Self.message(header, payload) { slice.withUnsafeBytes($0) }
    case .output(let output): return try Self.message(header, payload) { output.withUnsafeBytes($0) }
    case nil: throw .system(operation: "send a buffer that is gone", code: 0)
    }
  }

  private static func message(
    _ header: [UInt8], _ payload: Payload,
    _ read: ((UnsafeRawBufferPointer) -> Result<MessageBox, SocketError>) ->
      Result<MessageBox, SocketError>
  ) throws(SocketError) -> Message {
    let result = read { bytes in
      guard payload.offset >= 0, payload.length >= 0, payload.offset <= bytes.count - payload.length else {
        return .failure(.system(operation: "send past a buffer's end", code: 0))
      }
      return header.withUnsafeBytes { header in
        let part = UnsafeRawBufferPointer(rebasing: bytes[payload.offset..<payload.offset + payload.length])
        do throws(SocketError) { return .success(MessageBox(try Message(header: header, payload: part))) } catch {
          return .failure(error)
        }
      }
    }
    return try result.get().take()
  }
}

/// One received message with shared ownership: sent on from and placed from, then let go.
final class MessageBox: @unchecked Sendable {
  // Unchecked: handed from the reactor to the worker, never used by both.
  private var message: Message?

  init(_ message: consuming Message) { self.message = consume message }

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch message {
    case .some(let message): message.withUnsafeBytes(body)
    case .none: body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  func take() throws(SocketError) -> Message {
    guard let taken = message.take() else { throw .system(operation: "take a message twice", code: 0) }
    return taken
  }

  /// A new message of `header` and a part of this one.
  func message(_ header: [UInt8], _ offset: Int, _ length: Int) throws(SocketError) -> Message {
    let result: Result<MessageBox, SocketError> = withUnsafeBytes { bytes in
      guard offset >= 0, length >= 0, offset <= bytes.count - length else {
        return .failure(.system(operation: "send past a buffer's end", code: 0))
      }
      return header.withUnsafeBytes { header in
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
        do throws(SocketError) { return .success(MessageBox(try Message(header: header, payload: part))) } catch {
          return .failure(error)
        }
      }
    }
    return try result.get().take()
  }
}

/// A network's outputs, one after another, as they travel.
public struct OutputBytes: Sendable {
  let bytes: [UInt8]
  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { bytes.withUnsafeBytes(body) }
}
