/// Writes PNG files of every colour type by the specification, uncompressed, so that the decoder is not tested against
/// its own library's writer.
enum PNGMaker {
  enum ColourType: UInt8 {
    case grey = 0
    case colour = 2
    case palette = 3
    case greyAlpha = 4
    case colourAlpha = 6
  }

  /// `rows` hold packed samples of one row each, big-endian where they have 16 bits. `chunks` stand before the samples.
  static func file(
    width: Int, height: Int, depth: UInt8 = 8, type: ColourType, rows: [[UInt8]], chunks: [(String, [UInt8])] = [],
    isInterlaced: Bool = false
  ) -> [UInt8] {
    let header = big(width) + big(height) + [depth, type.rawValue, 0, 0, isInterlaced ? 1 : 0]
    var bytes: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", header)
    for (name, body) in chunks { bytes += chunk(name, body) }
    bytes += chunk("IDAT", stored(rows.flatMap { [0] + $0 }))
    return bytes + chunk("IEND", [])
  }

  /// The seven passes of an interlaced picture with one byte a pixel, one after the other.
  static func interlaced(_ samples: [UInt8], width: Int, height: Int) -> [[UInt8]] {
    let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    return passes.flatMap { left, top, across, down in
      stride(from: top, to: height, by: down).map { row in
        stride(from: left, to: width, by: across).map { samples[row * width + $0] }
      }.filter { !$0.isEmpty }
    }
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + body
    var sum: UInt32 = 0xffff_ffff
    for byte in checked {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return big(body.count) + checked + big(Int(~sum))
  }

  /// A zlib stream of one stored block.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let length = UInt16(bytes.count)
    var a: UInt32 = 1
    var b: UInt32 = 0
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    let sizes = [UInt8(length & 0xff), UInt8(length >> 8), UInt8(~length & 0xff), UInt8(~length >> 8)]
    return [0x78, 0x01, 0x01] + sizes + bytes + big(Int(b << 16 | a))
  }

  private static func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}
