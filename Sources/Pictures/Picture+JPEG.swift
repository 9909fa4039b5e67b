import CTurboJPEG

extension Picture {
  /// Decodes baseline and progressive JPEG: grey, YCbCr, RGB, and the CMYK and YCCK of print shops (inverted, as Adobe
  /// writes them).
  static func decodeJPEG(_ bytes: [UInt8], name: String) throws(PictureError) -> Picture {
    guard let decoder = tjInitDecompress() else {
      throw .malformed(name: name, kind: "JPEG", reason: "the decoder cannot be started")
    }
    defer { tjDestroy(decoder) }

    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var colourSpace: Int32 = 0
    let header = bytes.withUnsafeBufferPointer {
      tjDecompressHeader3(decoder, $0.baseAddress, UInt($0.count), &width, &height, &subsampling, &colourSpace)
    }
    guard header == 0 || tjGetErrorCode(decoder) == TJERR_WARNING.rawValue else {
      throw .malformed(name: name, kind: "JPEG", reason: reason(decoder))
    }
    try PictureLimits.check(width: Int(width), height: Int(height), name: name, kind: "JPEG")

    let format: TJPF
    switch UInt32(bitPattern: colourSpace) {
    case TJCS_GRAY.rawValue: format = TJPF_GRAY
    case TJCS_RGB.rawValue, TJCS_YCbCr.rawValue: format = TJPF_RGB
    case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: format = TJPF_CMYK
    default: throw .malformed(name: name, kind: "JPEG", reason: "its colour space is unknown")
    }
    let stored = format == TJPF_GRAY ? 1 : format == TJPF_RGB ? 3 : 4
    var samples = [UInt8](repeating: 0, count: Int(width) * Int(height) * stored)
    let decoded = bytes.withUnsafeBufferPointer { source in
      samples.withUnsafeMutableBufferPointer { target in
        tjDecompress2(
          decoder, source.baseAddress, UInt(source.count), target.baseAddress, width, 0, height, format.rawValue,
          TJFLAG_LIMITSCANS)
      }
    }
    if decoded != 0 {
      // Stray bytes between markers are common in cameras' files and lose nothing; any other warning (a truncated file,
      // corrupt entropy data) means that pixels were made up.
      let reason = reason(decoder)
      guard tjGetErrorCode(decoder) == TJERR_WARNING.rawValue, reason.contains("extraneous bytes before marker") else {
        throw .malformed(name: name, kind: "JPEG", reason: reason)
      }
    }
    if stored == 4 { samples = redGreenBlue(fromInvertedInks: samples) }
    return Picture(width: Int(width), height: Int(height), channels: stored == 1 ? 1 : 3, samples: samples)
  }

  /// CMYK with 255 for "no ink": each colour is dimmed by the black.
  private static func redGreenBlue(fromInvertedInks inks: [UInt8]) -> [UInt8] {
    let pixels = inks.count / 4
    return [UInt8](unsafeUninitializedCapacity: pixels * 3) { target, initialized in
      inks.withUnsafeBufferPointer { source in
        for pixel in 0..<pixels {
          let black = Int(source[pixel * 4 + 3])
          for channel in 0..<3 {
            target[pixel * 3 + channel] = UInt8((Int(source[pixel * 4 + channel]) * black + 127) / 255)
          }
        }
      }
      initialized = pixels * 3
    }
  }

  /// The library's words for what went wrong, without its function names.
  private static func reason(_ decoder: tjhandle) -> String {
    let text = tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "unknown"
    return text.split(separator: "(): ", maxSplits: 1).last.map(String.init) ?? text
  }
}
