public import Tensors

extension Preprocessing {
  /// The input for a network that takes `shape` (1 x C x H x W with C 1 or 3), made from `picture`; errors call it
  /// `name`. Grey networks get a colour picture's luma; colour networks get grey three times.
  public func tensor(from picture: Picture, for shape: Shape, name: String) throws(PictureError) -> Tensor {
    guard shape.rank == 4, shape[0] == 1, [1, 3].contains(shape[1]), shape[2] > 0, shape[3] > 0 else {
      throw .misfit(
        name: name, reason: "the network takes a tensor of \(shape), which no picture can fill; give it a .npy file")
    }
    let channels = shape[1]
    let height = shape[2]
    let width = shape[3]
    for (field, values) in [("mean", mean), ("std", std)] where values.count > 1 && values.count != channels {
      throw .misfit(
        name: name,
        reason: "\"\(field)\" of the preprocessing has \(values.count) values, the network takes \(channels) channel"
          + "\(channels == 1 ? "" : "s"); use --preprocess unit, raw or a file of your own")
    }

    var picture = picture.converted(toChannels: channels)
    let original = "\(picture.width)x\(picture.height)"
    if let resize { picture = try resized(picture, resize, name) }
    if let crop {
      guard let middle = picture.centreCropped(width: crop, height: crop) else {
        throw .misfit(
          name: name, reason: "the picture of \(original) is smaller than the crop of \(crop)x\(crop); add \"resize\"")
      }
      picture = middle
    }
    guard picture.width == width, picture.height == height else {
      let made = "\(picture.width)x\(picture.height)"
      let remedy =
        resize == nil && crop == nil
        ? "resize the picture, or use --preprocess imagenet, caffe or a file with \"resize\" and \"crop\""
        : "use a --preprocess file with \"crop\": \(height)"
      throw .misfit(
        name: name,
        reason: "the picture\(made == original ? "" : " of \(original) after preprocessing") is "
          + "\(made) (\(Shape([1, channels, picture.height, picture.width]))), the network takes \(width)x\(height) "
          + "(\(shape)); \(remedy)")
    }
    return normalized(picture, shape)
  }

  /// Refuses proportions that would make a strip of more pixels than a picture may have.
  private func resized(_ picture: Picture, _ side: Int, _ name: String) throws(PictureError) -> Picture {
    let shorter = Swift.min(picture.width, picture.height)
    let longer = Swift.max(picture.width, picture.height)
    try PictureLimits.check(width: side, height: Swift.max(1, side * longer / shorter), name: name, kind: "picture")
    // The pass along the rows comes first and keeps the height.
    let newWidth = picture.width <= picture.height ? side : side * longer / shorter
    try PictureLimits.check(width: newWidth, height: picture.height, name: name, kind: "picture")
    return picture.resized(shorterSide: side)
  }

  /// From H x W x C bytes to C x H x W numbers.
  private func normalized(_ picture: Picture, _ shape: Shape) -> Tensor {
    let channels = picture.channels
    let pixels = picture.width * picture.height
    return Tensor(shape: shape) { target in
      picture.samples.withUnsafeBufferPointer { source in
        for channel in 0..<channels {
          let from = order == .bgr ? channels - 1 - channel : channel
          let table = values(ofChannel: channel)
          table.withUnsafeBufferPointer { table in
            for pixel in 0..<pixels {
              target[channel * pixels + pixel] = table[Int(source[pixel * channels + from])]
            }
          }
        }
      }
    }
  }

  /// What each of the 256 sample values becomes in the tensor's `channel`.
  private func values(ofChannel channel: Int) -> [Float] {
    func pick(_ values: [Double], else fallback: Double) -> Double {
      values.count > 1 ? values[channel] : values.first ?? fallback
    }
    let mean = pick(mean, else: 0)
    let std = pick(std, else: 1)
    return (0..<256).map { Float((Double($0) * scale - mean) / std) }
  }
}
