/// A tensor that ONNX keeps in a file of its own (a `TensorProto`), as test data has them.
public struct TensorFile: Sendable {
  /// Empty where the file gives none.
  public var name: String
  /// The element type in the file, such as "float32"; what is read is single precision or integers.
  public var elementType: String
  public var value: Constant

  /// Reads the bytes of such a file. Throws `malformedFile` where they are no tensor of plain numbers.
  public init(_ bytes: [UInt8]) throws(NetworkError) {
    let tensor = try ONNXTensor(0..<bytes.count, in: bytes.span)
    name = tensor.name
    elementType = ONNXElementType.name(of: tensor.elementType)
    value = try tensor.constant(in: bytes.span)
  }

  /// The bytes of such a file: single precision, 64-bit integers or booleans.
  public static func bytes(of value: Constant, named name: String) -> [UInt8] {
    var writer = ProtobufWriter()
    Network.write(value, named: name, to: &writer)
    return writer.bytes
  }
}
