import CKernels

/// How weights are stored; sums are always of 32-bit floats.
///
/// The 16-bit types halve what a layer holds, and the time of one that reads its weights once: `bfloat16` keeps the
/// range and 8 bits of precision, `float16` 11 bits of numbers up to 65,504.
public enum WeightType: String, CaseIterable, Sendable {
  case float32 = "f32"
  case bfloat16 = "bf16"
  case float16 = "f16"

  var forKernels: ek_element {
    switch self {
    case .float32: EK_F32
    case .bfloat16: EK_BF16
    case .float16: EK_F16
    }
  }

  /// Bytes of one weight.
  public var byteCount: Int { ek_element_bytes(forKernels) }

  /// Floats whose memory `count` weights fill.
  func floatCount(of count: Int) -> Int {
    let stride = MemoryLayout<Float>.stride
    return (count * byteCount + stride - 1) / stride
  }

  /// Stores floats as numbers of this type, rounded to nearest, ties to even. A NaN stays one; for `float16` finite
  /// numbers stay finite.
  ///
  /// - Parameter target: has room for as many numbers.
  public func narrow(_ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableRawBufferPointer) {
    precondition(target.count >= source.count * byteCount, "\(target.count) bytes for \(source.count) numbers")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    ek_narrow(forKernels, source.count, from, to)
  }

  /// The floats that numbers of this type stand for.
  ///
  /// - Parameter source: has as many numbers as the target has floats, at an even address.
  public func widen(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(source.count >= target.count * byteCount, "\(source.count) bytes for \(target.count) numbers")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    ek_widen(forKernels, target.count, from, to)
  }
}

extension AlignedStorage {
  /// The numbers in a type; itself where that is what they are.
  func narrowed(to type: WeightType) -> AlignedStorage {
    guard type != .float32 else { return self }
    let narrow = AlignedStorage(count: type.floatCount(of: count), lasting: true)
    ek_narrow(type.forKernels, count, pointer, narrow.pointer)
    return narrow
  }
}

extension Tensor {
  /// The elements as they are after having been stored in a type.
  public func rounded(to type: WeightType) -> Tensor {
    guard type != .float32 else { return self }
    let narrow = storage.narrowed(to: type)
    return Tensor(shape: shape) { target in
      if let base = target.baseAddress { ek_widen(type.forKernels, count, narrow.pointer, base) }
    }
  }
}
