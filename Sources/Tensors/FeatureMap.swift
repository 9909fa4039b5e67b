import CKernels

/// One feature map, 1 x C x H x W (one-dimensional ones have H = 1), in blocked channels: C/b x H x W x b.
///
/// b is the block of the instruction set. Lanes beyond C are zero at creation and always finite; no result depends on
/// them. A value: copies share storage until one is written to.
public struct FeatureMap: Sendable {
  public let channels, height, width: Int
  let instructionSet: InstructionSet
  var storage: AlignedStorage

  /// Channels in a block for the instruction set in use.
  public static var block: Int { InstructionSet.current.block }

  /// A map of zeros.
  public init(channels: Int, height: Int, width: Int) {
    self.init(channels: channels, height: height, width: width, on: .current)
  }

  /// A map of the elements of [1, C, H, W], or of [1, C, L] as one row.
  public init(_ tensor: Tensor) { self.init(tensor, on: .current) }

  init(channels: Int, height: Int, width: Int, on instructionSet: InstructionSet) {
    self.init(uninitialized: channels, height, width, on: instructionSet)
    storage.pointer.initialize(repeating: 0, count: storage.count)
  }

  init(_ tensor: Tensor, on instructionSet: InstructionSet) {
    precondition(tensor.shape.rank > 0 && tensor.shape[0] == 1, "a tensor of \(tensor.shape) is not one feature map")
    self.init(sample: 0, of: tensor, on: instructionSet)
  }

  /// A map whose elements, padding lanes included, the caller writes.
  init(uninitialized channels: Int, _ height: Int, _ width: Int, on instructionSet: InstructionSet) {
    precondition(
      channels >= 0 && height >= 0 && width >= 0, "a feature map cannot be \(channels) x \(height) x \(width)")
    self.channels = channels
    self.height = height
    self.width = width
    self.instructionSet = instructionSet
    let block = instructionSet.block
    storage = AlignedStorage(count: (channels + block - 1) / block * block * height * width)
  }

  /// A map whose elements lie in `storage`, which has room for them and their padding.
  init(channels: Int, height: Int, width: Int, storage: AlignedStorage, on instructionSet: InstructionSet) {
    self.channels = channels
    self.height = height
    self.width = width
    self.instructionSet = instructionSet
    self.storage = storage
  }

  /// The elements as [1, C, H, W], channel-major.
  public func tensor() -> Tensor {
    Tensor(shape: [1, channels, height, width]) { planes in
      guard let base = planes.baseAddress else { return }
      instructionSet.toPlanes(
        ek_layout(channels: channels, pixels: pixels, from: UnsafePointer(storage.pointer), to: base))
    }
  }

  public var shape: Shape { [1, channels, height, width] }

  var pixels: Int { height * width }
  var block: Int { instructionSet.block }

  /// Where the map keeps a channel's first pixel; the next pixels follow a block apart.
  func start(ofRow row: Int) -> UnsafeMutablePointer<Float> {
    storage.pointer + (row / block * pixels * block + row % block)
  }

  /// The blocked elements, padding lanes included.
  public func withUnsafeBufferPointer<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try body(UnsafeBufferPointer(start: storage.pointer, count: storage.count))
  }

  /// The blocked elements, padding lanes included; what is written to those must be finite.
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
