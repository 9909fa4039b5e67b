/// A dense single-precision tensor in row-major order (channel-major for feature maps), 64-byte aligned.
///
/// A value: copies share storage until one is written to.
public struct Tensor: Sendable {
  public let shape: Shape
  var storage: AlignedStorage

  /// A tensor whose elements are all `value`.
  public init(shape: Shape, repeating value: Float = 0) {
    self.shape = shape
    storage = AlignedStorage(count: shape.elementCount)
    storage.pointer.initialize(repeating: value, count: storage.count)
  }

  /// A tensor over `elements`, which must fill the shape.
  public init(shape: Shape, elements: [Float]) {
    precondition(shape.elementCount == elements.count, "\(elements.count) elements do not fill a shape of \(shape)")
    self.shape = shape
    storage = AlignedStorage(count: elements.count)
    elements.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.pointer.initialize(from: base, count: source.count) }
    }
  }

  /// A tensor that `body` fills completely. The buffer is uninitialised before.
  ///
  /// - Parameter lasting: whether it is kept for long, as weights are.
  public init(
    shape: Shape, lasting: Bool = false, fill body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    self.shape = shape
    storage = AlignedStorage(count: shape.elementCount, lasting: lasting)
    try body(UnsafeMutableBufferPointer(start: storage.pointer, count: storage.count))
  }

  /// The same elements under another shape with as many elements.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.elementCount == count, "a tensor of \(self.shape) cannot take the shape \(shape)")
    return Tensor(shape: shape, storage: storage)
  }

  init(shape: Shape, storage: AlignedStorage) {
    self.shape = shape
    self.storage = storage
  }

  public var count: Int { storage.count }
  public var elements: [Float] { withUnsafeBufferPointer { Array($0) } }

  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < storage.count)
      return storage.pointer[index]
    }
    set {
      precondition(index >= 0 && index < storage.count)
      makeUnique()
      storage.pointer[index] = newValue
    }
  }

  public func withUnsafeBufferPointer<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try body(UnsafeBufferPointer(start: storage.pointer, count: storage.count))
  }

  public mutating func withUnsafeMutableBufferPointer<R>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    makeUnique()
    return try body(UnsafeMutableBufferPointer(start: storage.pointer, count: storage.count))
  }

  mutating func makeUnique() {
    // A view's memory is somebody else's, too.
    if storage.isView || !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
  }
}
