/// A decoded picture: 8 bits a sample, rows from the top, samples of a pixel side by side (H x W x C).
///
/// Colour is RGB as stored in the file: an embedded colour profile and the EXIF orientation are not applied, so a
/// camera's portrait picture that relies on the latter arrives lying on its side. Transparent pictures are laid over
/// black.
public struct Picture: Equatable, Sendable {
  public let width: Int
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// `height * width * channels` samples.
  public let samples: [UInt8]

  /// A picture over `samples`, which must fill it.
  public init(width: Int, height: Int, channels: Int, samples: [UInt8]) {
    precondition(width > 0 && height > 0 && (channels == 1 || channels == 3))
    precondition(
      samples.count == width * height * channels, "\(samples.count) samples do not fill \(width)x\(height)x\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// Reads and decodes the file at `path`; its kind is told by its first bytes, not by its name.
  public init(contentsOf path: String) throws(PictureError) {
    let bytes = try FileBytes.read(path, limit: PictureLimits.maximumFileBytes)
    try self.init(decoding: bytes, name: path)
  }

  /// Decodes `bytes`, a whole JPEG, PNG, PPM or PGM file; errors call it `name`.
  public init(decoding bytes: [UInt8], name: String) throws(PictureError) {
    switch Kind(bytes) {
    case .jpeg: self = try Self.decodeJPEG(bytes, name: name)
    case .png: self = try Self.decodePNG(bytes, name: name)
    case .portableMap: self = try Self.decodePortableMap(bytes, name: name)
    case nil: throw .unknownKind(name: name)
    }
  }

  private enum Kind {
    case jpeg, png, portableMap

    init?(_ bytes: [UInt8]) {
      if bytes.starts(with: [0xff, 0xd8, 0xff]) {
        self = .jpeg
      } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
        self = .png
      } else if bytes.count > 2, bytes[0] == UInt8(ascii: "P"),
        (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1])
      {
        self = .portableMap
      } else {
        return nil
      }
    }
  }
}

extension Picture {
  /// The picture with `count` channels: grey repeated into colour, or colour's luma (ITU-R 601: 0.299 R + 0.587 G +
  /// 0.114 B).
  public func converted(toChannels count: Int) -> Picture {
    precondition(count == 1 || count == 3)
    if count == channels { return self }
    let pixels = width * height
    let converted = [UInt8](unsafeUninitializedCapacity: pixels * count) { target, initialized in
      samples.withUnsafeBufferPointer { source in
        for pixel in 0..<pixels {
          if count == 3 {
            for channel in 0..<3 { target[pixel * 3 + channel] = source[pixel] }
          } else {
            let red = Int(source[pixel * 3])
            let green = Int(source[pixel * 3 + 1])
            let blue = Int(source[pixel * 3 + 2])
            // Weights in 1/65536; they add up to 1.
            target[pixel] = UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16)
          }
        }
      }
      initialized = pixels * count
    }
    return Picture(width: width, height: height, channels: count, samples: converted)
  }
}
