import CTurboJPEG
import Testing

@testable import Pictures

@Suite("Decoding")
struct DecodingTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var picture: Picture
    /// The largest difference of a sample.
    var tolerance = 0
    var testDescription: String { name }
  }

  static let examples: [Example] = pngs + jpegs + portableMaps

  @Test(arguments: examples) func decodes(_ example: Example) throws {
    let picture = try Picture(decoding: example.bytes, name: example.name)
    #expect(picture.width == example.picture.width && picture.height == example.picture.height)
    try #require(picture.channels == example.picture.channels)
    for (index, (sample, expected)) in zip(picture.samples, example.picture.samples).enumerated()
    where abs(Int(sample) - Int(expected)) > example.tolerance {
      Issue.record("sample \(index) is \(sample), not \(expected)")
      return
    }
  }

  static let pngs: [Example] = [
    png("grey", .grey, [[10, 20], [30, 40]], 1, [10, 20, 30, 40]),
    png("colour", .colour, [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]], 3, Array(1...12)),
    png(
      "alpha over black", .colourAlpha, [[200, 100, 50, 255, 200, 100, 50, 128], [200, 100, 50, 0, 9, 9, 9, 255]], 3,
      [200, 100, 50, 100, 50, 25, 0, 0, 0, 9, 9, 9]),
    png("grey with alpha", .greyAlpha, [[200, 255, 200, 128], [200, 0, 7, 255]], 1, [200, 100, 0, 7]),
    png("one bit", .grey, [[0b0100_0000], [0b1000_0000]], 1, [0, 255, 255, 0], depth: 1),
    png("two bits", .grey, [[0b0001_0000], [0b1011_0000]], 1, [0, 85, 170, 255], depth: 2),
    png(
      "sixteen bits", .colour,
      [[0xff, 0xff, 0x80, 0x80, 0, 0, 0x12, 0x12, 0, 0, 0, 0], [UInt8](repeating: 0x40, count: 12)], 3,
      [255, 128, 0, 18, 0, 0, 64, 64, 64, 64, 64, 64], depth: 16),
    png(
      "palette with transparency", .palette, [[0b0001_0000], [0b1011_0000]], 3,
      [10, 20, 30, 100, 50, 25, 70, 80, 90, 0, 0, 0], depth: 2,
      chunks: [("PLTE", [10, 20, 30, 200, 100, 50, 70, 80, 90, 1, 2, 3]), ("tRNS", [255, 128, 255, 0])]),
    Example(
      name: "interlaced PNG",
      bytes: PNGMaker.file(
        width: 9, height: 10, type: .grey, rows: PNGMaker.interlaced(Array(0..<90), width: 9, height: 10),
        isInterlaced: true),
      picture: Picture(width: 9, height: 10, channels: 1, samples: Array(0..<90))),
  ]

  private static func png(
    _ name: String, _ type: PNGMaker.ColourType, _ rows: [[UInt8]], _ channels: Int, _ samples: [UInt8],
    depth: UInt8 = 8, chunks: [(String, [UInt8])] = []
  ) -> Example {
    Example(
      name: "PNG \(name)",
      bytes: PNGMaker.file(width: 2, height: 2, depth: depth, type: type, rows: rows, chunks: chunks),
      picture: Picture(width: 2, height: 2, channels: channels, samples: samples), tolerance: depth == 16 ? 1 : 0)
  }

  static let jpegs: [Example] = [
    jpeg("grey", stored: 1) { x, y in [UInt8(x * 10 + y * 3)] },
    jpeg("colour", stored: 3) { x, y in [UInt8(x * 12), UInt8(y * 15), UInt8(200 - x * 5)] },
    jpeg("progressive", stored: 3, isProgressive: true) { x, y in [UInt8(x * 12), UInt8(y * 15), UInt8(255 - x * 12)] },
    jpeg("subsampled", stored: 3, subsampling: TJSAMP_420, tolerance: 12) { x, y in
      [UInt8(40 + x * 4), UInt8(60 + y * 5), UInt8(120 + x * 3)]
    },
    Example(
      name: "JPEG of inks",
      bytes: JPEGMaker.file(
        width: 8, height: 8, samples: (0..<64).flatMap { _ in [200, 100, 50, 128] as [UInt8] }),
      picture: Picture(
        width: 8, height: 8, channels: 3, samples: (0..<64).flatMap { _ in [100, 50, 25] as [UInt8] }), tolerance: 2),
  ]

  private static func jpeg(
    _ name: String, stored: Int, subsampling: TJSAMP = TJSAMP_444, isProgressive: Bool = false, tolerance: Int = 4,
    _ pixel: (Int, Int) -> [UInt8]
  ) -> Example {
    let samples = (0..<17).flatMap { y in (0..<20).flatMap { x in pixel(x, y) } }
    return Example(
      name: "JPEG \(name)",
      bytes: JPEGMaker.file(
        width: 20, height: 17, samples: samples, subsampling: subsampling, isProgressive: isProgressive),
      picture: Picture(width: 20, height: 17, channels: stored, samples: samples), tolerance: tolerance)
  }

  static let portableMaps: [Example] = [
    map("P2 # a comment\n2 2\n#another\n255\n0 1\n2 255", 1, [0, 1, 2, 255]),
    map("P3\n2 2 15  0 15 1  2 3 4  5 6 7  8 9 10\n", 3, [0, 255, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170]),
    map("P5 2 2 255\n", binary: [0, 10, 13, 255], 1, [0, 10, 13, 255]),
    map("P6\t2\n2\r255 ", binary: Array(1...12), 3, Array(1...12)),
    map("P5 2 2 65535\n", binary: [0xff, 0xff, 0x80, 0x80, 0, 0, 0, 200], 1, [255, 128, 0, 1]),
    map("P5 2 2 100\n", binary: [0, 50, 100, 1], 1, [0, 128, 255, 3]),
  ]

  private static func map(_ text: String, binary: [UInt8] = [], _ channels: Int, _ samples: [UInt8]) -> Example {
    Example(
      name: String(text.prefix(2)), bytes: Array(text.utf8) + binary,
      picture: Picture(width: 2, height: 2, channels: channels, samples: samples))
  }
}

@Suite("Broken pictures")
struct BrokenPictureTests {
  static let flaws: [(text: String, error: PictureError)] = [
    ("", .unknownKind(name: "f")),
    ("GIF89a", .unknownKind(name: "f")),
    ("P4 8 1 x", .malformed(name: "f", kind: "P4", reason: "bitmaps (P1, P4) are not taken; convert it to PGM")),
    ("P5 2", .malformed(name: "f", kind: "P5", reason: "it ends before the height")),
    ("P5 -2 2 255 ", .malformed(name: "f", kind: "P5", reason: "the width is no number")),
    ("P5 0 2 255 ", .malformed(name: "f", kind: "P5", reason: "it has no pixels (0x2)")),
    ("P5 2 2 0 xxxx", .malformed(name: "f", kind: "P5", reason: "the largest sample is 0")),
    ("P5 2 2 255 xxx", .malformed(name: "f", kind: "P5", reason: "it ends before its 4 samples do")),
    ("P2 2 1 9 1 10", .malformed(name: "f", kind: "P2", reason: "a sample of 10 exceeds 9")),
    ("P2 1000 1000 9 1 1", .malformed(name: "f", kind: "P2", reason: "it ends before its 1000000 samples do")),
    (
      "P5 99999999999999999999 1 255 ",
      .malformed(name: "f", kind: "P5", reason: "the width is too large")
    ),
    (
      "P6 100000 100000 255 ",
      .tooLarge(name: "f", reason: "100000x100000 pixels, at most 64 megapixels are taken")
    ),
  ]

  @Test(arguments: flaws) func flawsAreNamed(_ flaw: (text: String, error: PictureError)) {
    #expect(throws: flaw.error) { try Picture(decoding: Array(flaw.text.utf8), name: "f") }
  }

  @Test func hugeHeadersAreRefusedBeforeMemoryIsTaken() {
    let png = PNGMaker.file(width: 60_000, height: 60_000, type: .colour, rows: [[]])
    #expect(throws: PictureError.tooLarge(name: "f", reason: "60000x60000 pixels, at most 64 megapixels are taken")) {
      try Picture(decoding: png, name: "f")
    }
    var jpeg = JPEGMaker.file(width: 8, height: 8, samples: [UInt8](repeating: 9, count: 64))
    for index in jpeg.indices.dropLast(9) where jpeg[index] == 0xff && jpeg[index + 1] == 0xc0 {
      jpeg.replaceSubrange(index + 5..<index + 9, with: [0xff, 0xdc, 0xff, 0xdc])
    }
    #expect(throws: PictureError.tooLarge(name: "f", reason: "65500x65500 pixels, at most 64 megapixels are taken")) {
      try Picture(decoding: jpeg, name: "f")
    }
  }

  /// Everything before the last marker belongs to the samples: whatever is cut off, pixels are missing.
  @Test(arguments: DecodingTests.examples) func everyTruncationIsNoticed(_ example: DecodingTests.Example) {
    let tail = example.name.contains("PNG") ? 16 : example.name.contains("JPEG") ? 2 : 1
    let isText = example.name == "P2" || example.name == "P3"
    for length in 0..<(example.bytes.count - (isText ? 4 : tail)) {
      do {
        _ = try Picture(decoding: Array(example.bytes.prefix(length)), name: "f")
        Issue.record("\(example.name) cut to \(length) of \(example.bytes.count) bytes was taken")
        return
      } catch {
        #expect(!error.description.contains("\n"))
      }
    }
  }

  @Test(arguments: DecodingTests.examples) func damageNeverCrashes(_ example: DecodingTests.Example) {
    let seed = fingerprint(Array(example.name.utf8))
    var noise = Noise(seed: seed)
    for _ in 0..<300 {
      let bytes = example.bytes.damaged(by: &noise)
      do {
        let picture = try Picture(decoding: bytes, name: "f")
        #expect(picture.samples.count == picture.width * picture.height * picture.channels, "seed \(seed)")
      } catch {
        #expect(!error.description.contains("\n"), "seed \(seed)")
      }
    }
  }
}
