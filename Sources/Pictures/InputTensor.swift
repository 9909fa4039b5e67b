public import Tensors

/// The way from a file to a network's input, whatever the file is.
public enum InputTensor {
  /// Reads the file at `path`: a tensor (`.npy`) as it is, a picture through `preprocessing`. A tensor may lack the
  /// leading axes of extent 1 that the network's input has. Without `preprocessing` no picture is taken.
  public static func load(
    _ path: String, preprocessing: Preprocessing?, shape: Shape
  ) throws(PictureError) -> Tensor {
    let bytes = try FileBytes.read(path, limit: PictureLimits.maximumTensorFileBytes)
    if NPY.isMarked(bytes) { return try fit(NPY.decode(bytes, name: path), to: shape, name: path) }
    guard bytes.count <= PictureLimits.maximumFileBytes else {
      throw .tooLarge(name: path, reason: "at most \(PictureLimits.maximumFileBytes >> 20) MiB are taken")
    }
    let picture = try Picture(decoding: bytes, name: path)
    guard let preprocessing else { throw missingPreprocessing(name: path, shape: shape) }
    return try preprocessing.tensor(from: picture, for: shape, name: path)
  }

  /// What to say of a picture where nobody said how it becomes the network's input.
  public static func missingPreprocessing(name: String, shape: Shape) -> PictureError {
    let presets = Preprocessing.presets.map(\.name).joined(separator: ", ")
    return .misfit(
      name: name,
      reason: "it is a picture, the network takes \(shape); say with --preprocess how one becomes the other "
        + "(\(presets), or a JSON file)")
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
