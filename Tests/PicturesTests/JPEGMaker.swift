import CTurboJPEG

/// Writes JPEG files with the library's own encoder, at the best quality.
enum JPEGMaker {
  /// `samples` hold 1 (grey), 3 (red, green, blue) or 4 (cyan, magenta, yellow, black) bytes a pixel.
  static func file(
    width: Int, height: Int, samples: [UInt8], subsampling: TJSAMP = TJSAMP_444,
    isProgressive: Bool = false
  ) -> [UInt8] {
    guard let encoder = tjInitCompress() else { return [] }
    defer { tjDestroy(encoder) }
    let stored = samples.count / (width * height)
    let format = stored == 1 ? TJPF_GRAY : stored == 3 ? TJPF_RGB : TJPF_CMYK
    var encoded: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let code = tjCompress2(
      encoder, samples, Int32(width), 0, Int32(height), format.rawValue, &encoded, &size,
      Int32((stored == 1 ? TJSAMP_GRAY : subsampling).rawValue), 100,
      isProgressive ? TJFLAG_PROGRESSIVE : 0)
    defer { tjFree(encoded) }
    guard code == 0, let encoded else { return [] }
    return Array(UnsafeBufferPointer(start: encoded, count: Int(size)))
  }
}
