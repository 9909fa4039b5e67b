import CPNG

extension Picture {
  /// Decodes PNG of any bit depth, palette and interlacing through libpng's simplified interface, which returns errors
  /// where the full one jumps over our frames.
  ///
  /// 16-bit samples are rounded to 8 bits. Samples are brought to sRGB where a gAMA chunk says that they are something
  /// else. Transparent pixels are laid over black by multiplying the encoded samples with alpha.
  static func decodePNG(_ bytes: [UInt8], name: String) throws(PictureError) -> Picture {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }

    // The image keeps the pointer between both calls, so both run while the buffer is pinned.
    var failure: PictureError?
    var samples: [UInt8] = []
    var stored = 0
    bytes.withUnsafeBytes { source in
      guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
        failure = .malformed(name: name, kind: "PNG", reason: reason(&image))
        return
      }
      do throws(PictureError) {
        try PictureLimits.check(width: Int(image.width), height: Int(image.height), name: name, kind: "PNG")
      } catch {
        failure = error
        return
      }
      let isColour = image.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) != 0
      image.format = png_uint_32(isColour ? PNG_FORMAT_FLAG_COLOR : 0) | png_uint_32(PNG_FORMAT_FLAG_ALPHA)
      // Without a gAMA chunk 16-bit samples would be taken for linear light.
      image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
      stored = isColour ? 4 : 2
      samples = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height) * stored)
      let finished = samples.withUnsafeMutableBytes { target in
        png_image_finish_read(&image, nil, target.baseAddress, 0, nil)
      }
      if finished == 0 { failure = .malformed(name: name, kind: "PNG", reason: reason(&image)) }
    }
    if let failure { throw failure }
    return Picture(
      width: Int(image.width), height: Int(image.height), channels: stored - 1,
      samples: overBlack(samples, stored: stored))
  }

  /// Multiplies with alpha, the last of `stored` samples a pixel, and drops it.
  private static func overBlack(_ samples: [UInt8], stored: Int) -> [UInt8] {
    let pixels = samples.count / stored
    let kept = stored - 1
    return [UInt8](unsafeUninitializedCapacity: pixels * kept) { target, initialized in
      samples.withUnsafeBufferPointer { source in
        for pixel in 0..<pixels {
          let alpha = Int(source[pixel * stored + kept])
          for channel in 0..<kept {
            target[pixel * kept + channel] = UInt8((Int(source[pixel * stored + channel]) * alpha + 127) / 255)
          }
        }
      }
      initialized = pixels * kept
    }
  }

  private static func reason(_ image: inout png_image) -> String {
    withUnsafeBytes(of: &image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
