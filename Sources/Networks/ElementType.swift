/// What a value's elements are. ONNX has more types than are told apart here: float16, bfloat16 and double are read as
/// single precision (`float`); int8 to int64 and uint8 to uint64 are held as `Int` (`integer`).
public enum ElementType: String, Hashable, Sendable, Codable, CaseIterable {
  case float
  case integer
  /// Held as 0 and 1.
  case boolean
}

extension ElementType: CustomStringConvertible {
  /// As in "its input holds integers".
  public var description: String {
    switch self {
    case .float: "numbers with a fraction"
    case .integer: "integers"
    case .boolean: "truth values"
    }
  }
}

extension Set<ElementType> {
  /// Integers and floats: what can be reckoned with.
  static let numbers: Set = [.float, .integer]
  static let all = Set(ElementType.allCases)
}
