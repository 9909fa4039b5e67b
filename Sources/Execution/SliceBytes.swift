import Tensors

/// The elements of some rows as they travel: row after row, little-endian 32-bit floats. 64-byte aligned; never written
/// again, so it may be handed from thread to thread.
public struct SliceBytes: Sendable {
  /// The rows, ascending, in the order of their elements.
  public let rows: [Int]
  private let elements: Tensor

  init(rows: [Int], elements: Tensor) {
    self.rows = rows
    self.elements = elements
  }

  public var elementCount: Int { elements.count }
  public var byteCount: Int { elements.count * MemoryLayout<Float>.stride }

  /// The bytes, valid during the call.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe elements.withUnsafeBufferPointer { try unsafe body(UnsafeRawBufferPointer($0)) }
  }
}
