/// ONNX's `TensorProto.DataType`, those of plain numbers.
enum ONNXElementType: Int, Sendable {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case double = 11
  case uint32 = 12
  case uint64 = 13
  case bfloat16 = 16

  var isFloat: Bool {
    switch self {
    case .float, .float16, .double, .bfloat16: true
    default: false
    }
  }

  /// What `type` is written as.
  init(_ type: ElementType) {
    switch type {
    case .float: self = .float
    case .integer: self = .int64
    case .boolean: self = .bool
    }
  }

  /// What it is read as.
  var elementType: ElementType { isFloat ? .float : self == .bool ? .boolean : .integer }

  /// Bytes of an element in `raw_data`.
  var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .int64, .double, .uint64: 8
    }
  }

  /// What people call the type with this number in ONNX, of plain numbers or not.
  static func name(of number: Int) -> String {
    let names = [
      "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
      "float64",
      "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
      "float8e5m2fnuz", "uint4", "int4", "float4e2m1",
    ]
    return names.indices.contains(number) ? names[number] : "\(number)"
  }
}
