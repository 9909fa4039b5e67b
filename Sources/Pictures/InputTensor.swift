public import Tensors

/// The way from a file to a network's input, whatever the file is.
public enum InputTensor {
  /// Reads the file at `path`: a tensor (`.npy`) as it is, a picture through `preprocessing`. A tensor may lack the
  /// leading axes of extent 1 that the network's input has.
  public static func load(
    _ path: String, preprocessing: Preprocessing, shape: Shape
  ) throws(PictureError) -> Tensor {
    let bytes = try FileBytes.read(path, limit: PictureLimits.maximumTensorFileBytes)
    if NPY.isMarked(bytes) { return try fit(NPY.decode(bytes, name: path), to: shape, name: path) }
    guard bytes.count <= PictureLimits.maximumFileBytes else {
      throw .tooLarge(name: path, reason: "at most \(PictureLimits.maximumFileBytes >> 20) MiB are taken")
    }
    let picture = try Picture(decoding: bytes, name: path)
    return try preprocessing.tensor(from: picture, for: shape, name: path)
  }

  /// `tensor` in `shape`, which may differ in leading axes of extent 1 only.
  public static func fit(_ tensor: Tensor, to shape: Shape, name: String) throws(PictureError) -> Tensor {
    func essential(_ shape: Shape) -> ArraySlice<Int> { shape.dimensions.drop { $0 == 1 } }
    guard essential(tensor.shape) == essential(shape) else {
      throw .misfit(name: name, reason: "it holds a tensor of \(tensor.shape), the network takes \(shape)")
    }
    return tensor.reshaped(to: shape)
  }
}
