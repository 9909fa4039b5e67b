/// How a picture becomes a network's input: resized, cut out, its channels ordered, its samples scaled.
///
/// Each sample `s` of channel `c` becomes `(s * scale - mean[c]) / std[c]`. It is part of a deployed network's manifest
/// and can be read from a JSON file with these fields, all optional:
///
///     {"resize": 256, "crop": 224, "order": "bgr", "scale": 1, "mean": [104, 117, 123], "std": [1, 1, 1]}
public struct Preprocessing: Hashable, Sendable {
  public enum ChannelOrder: String, Hashable, Sendable, Codable, CaseIterable { case rgb, bgr }

  /// The shorter side's length in pixels after resizing; nil keeps the size.
  public let resize: Int?
  /// The side of the square that is cut from the middle, in pixels; nil keeps all.
  public let crop: Int?
  /// The order of a colour picture's channels in the tensor; without meaning for grey networks.
  public let order: ChannelOrder
  /// What a sample of 0...255 is multiplied with.
  public let scale: Double
  /// Subtracted after scaling: none, one for all channels, or one each, in the tensor's channel order.
  public let mean: [Double]
  /// Divided by at last; as many as `mean`, or none or one.
  public let std: [Double]

  /// Throws `wrongPreprocessing` where a field is out of range.
  public init(
    resize: Int? = nil, crop: Int? = nil, order: ChannelOrder = .rgb, scale: Double = 1, mean: [Double] = [],
    std: [Double] = [], name: String = "given"
  ) throws(PictureError) {
    self.init(unchecked: resize, crop, order, scale, mean, std)
    if let reason = flaw { throw .wrongPreprocessing(name: name, reason: reason) }
  }

  private init(
    unchecked resize: Int?, _ crop: Int?, _ order: ChannelOrder, _ scale: Double, _ mean: [Double], _ std: [Double]
  ) {
    self.resize = resize
    self.crop = crop
    self.order = order
    self.scale = scale
    self.mean = mean
    self.std = std
  }

  /// What is wrong with the fields, if anything.
  var flaw: String? {
    let sides = 1...8192
    if let resize, !sides.contains(resize) { return "\"resize\" is \(resize), not \(sides.lowerBound) to 8192 pixels" }
    if let crop, !sides.contains(crop) { return "\"crop\" is \(crop), not \(sides.lowerBound) to 8192 pixels" }
    if let resize, let crop, crop > resize { return "\"crop\" (\(crop)) exceeds \"resize\" (\(resize))" }
    if !scale.isFinite || scale == 0 { return "\"scale\" is \(scale), not a finite number other than 0" }
    if ![0, 1, 3].contains(mean.count) { return "\"mean\" has \(mean.count) values, not one or one a channel" }
    if ![0, 1, 3].contains(std.count) { return "\"std\" has \(std.count) values, not one or one a channel" }
    if !mean.allSatisfy(\.isFinite) { return "\"mean\" holds a value that is not finite" }
    if !std.allSatisfy({ $0.isFinite && $0 != 0 }) { return "\"std\" holds a 0 or a value that is not finite" }
    return nil
  }
}

extension Preprocessing {
  /// The presets by name, in the order in which `--help` lists them.
  public static let presets: [(name: String, preprocessing: Preprocessing)] = [
    ("imagenet", .imagenet), ("imagenet-norm", .imagenetNorm), ("caffe", .caffe), ("unit", .unit), ("raw", .raw),
  ]

  /// What torchvision's ImageNet classifiers were trained with.
  public static let imagenet = Preprocessing(
    unchecked: 256, 224, .rgb, 1 / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
  /// `imagenet` for pictures that already have the network's size.
  public static let imagenetNorm = Preprocessing(
    unchecked: nil, nil, .rgb, 1 / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
  /// What Caffe's ImageNet classifiers were trained with.
  public static let caffe = Preprocessing(unchecked: 256, 224, .bgr, 1, [104, 117, 123], [])
  /// Samples in 0...1.
  public static let unit = Preprocessing(unchecked: nil, nil, .rgb, 1 / 255, [], [])
  /// Samples in 0...255.
  public static let raw = Preprocessing(unchecked: nil, nil, .rgb, 1, [], [])

  /// The preset called `text`, or the file at that path.
  public init(presetOrFile text: String) throws(PictureError) {
    if let preset = Self.presets.first(where: { $0.name == text }) {
      self = preset.preprocessing
      return
    }
    do {
      self = try Preprocessing(contentsOf: text)
    } catch PictureError.unreadable(_, let reason) {
      let names = Self.presets.map(\.name).joined(separator: ", ")
      throw .wrongPreprocessing(name: text, reason: "no preset (\(names)) and no readable file: \(reason)")
    }
  }
}
