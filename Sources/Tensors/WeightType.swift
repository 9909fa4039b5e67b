import CKernels

/// How weights are stored; sums are always of 32-bit floats.
///
/// The 16-bit types halve what a layer holds, and the time of one that reads its weights once: `bfloat16` keeps the
/// range and 8 bits of precision, `float16` 11 bits of numbers up to 65,504.
public enum WeightType: String, CaseIterable, Sendable {
  case float32, bfloat16, float16

  var forKernels: ek_element {
    switch self {
    case .float32: EK_F32
    case .bfloat16: EK_BF16
    case .float16: EK_F16
    }
  }

  /// Bytes of one weight.
  public var byteCount: Int { ek_element_bytes(forKernels) }
}
