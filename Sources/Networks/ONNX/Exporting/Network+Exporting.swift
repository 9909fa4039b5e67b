import Tensors

extension Network {
  /// The operator set of exported files: every tool that reads ONNX today knows it.
  public static let exportedOpset = 17

  /// The network with its weights as the bytes of an ONNX file of opset 17 and IR version 8, whatever its own opset: what
  /// is newer is written in older operators, what is older in the form that it has had since. Our own operators, of which
  /// cut networks are made, become ONNX's. Reading the file gives a network that computes the same.
  ///
  /// Throws `invalidNode` for a node that opset 17 has no words for, naming what it would take, and `invalidGraph` for a
  /// network of more than 2 GiB, which is all that one ONNX file can hold.
  public func exported() throws(NetworkError) -> [UInt8] {
    let network = try converted()
    let weights = network.constants.values.reduce(0) {
      $0 + $1.shape.elementCount * ($1.elementType == .integer ? 8 : 4)
    }
    guard weights < Int(Int32.max) else {
      throw .invalidGraph("its constants are \(weights) bytes; an ONNX file holds no more than \(Int32.max)")
    }
    return network.onnx()
  }

  /// The same network in the words of opset 17, with the shapes of all outputs.
  func converted() throws(NetworkError) -> Network {
    var network = try validated()
    // Shapes and indices are often reckoned from others; conversions want to know them.
    try network.foldConstants()
    var conversion = try OpsetConversion(try network.validated())
    return try conversion.converted()
  }
}
