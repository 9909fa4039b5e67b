private import CShapes

/// The trained network that comes with edgemesh: it tells ten drawn shapes apart in colour pictures of 32x32, given as
/// numbers from 0 to 1. `Sources/CShapes/README.md` says how it was made.
public enum ShapesNetwork {
  /// What command lines call it.
  public static let name = "shapes"

  /// Its ONNX file.
  public static var onnx: [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: shapes_onnx(), count: shapes_onnx_length()))
  }

  /// Reads it as any other file. Throws only where the program was built with a wrong file.
  public static func load(simplifying: Bool = true) throws(NetworkError) -> LoadedNetwork {
    let bytes = onnx
    let network = try Network(onnx: bytes)
    return LoadedNetwork(network: simplifying ? try network.simplified() : network, digest: sha256Hex(bytes))
  }
}
