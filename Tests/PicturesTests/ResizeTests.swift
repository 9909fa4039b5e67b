import Testing

@testable import Pictures

@Suite("Resizing and cropping")
struct ResizeTests {
  struct Case: Sendable {
    var seed: UInt64
    var width: Int
    var height: Int
    var channels: Int
    var newWidth: Int
    var newHeight: Int
    var fingerprint: UInt64

    init(_ seed: UInt64, _ w: Int, _ h: Int, _ channels: Int, _ newW: Int, _ newH: Int, _ fingerprint: UInt64) {
      (self.seed, width, height, self.channels) = (seed, w, h, channels)
      (newWidth, newHeight, self.fingerprint) = (newW, newH, fingerprint)
    }
  }

  /// Noise of a seed, resized by Pillow 13's `resize((newWidth, newHeight), BILINEAR)`; the fourth in two
  /// steps, rows first, for this version of Pillow takes the columns of a tall picture first.
  static let cases: [Case] = [
    Case(1, 37, 23, 3, 16, 16, 0xf9ec_e446_4778_23dc),
    Case(2, 37, 23, 3, 64, 48, 0x1fa1_229e_7afa_6568),
    Case(3, 37, 23, 1, 36, 23, 0x9172_c8e9_40f4_f4ef),
    Case(4, 5, 300, 1, 2, 7, 0xa320_8f52_985a_1579),
    Case(5, 300, 5, 3, 3, 90, 0x2770_9d93_b37f_81df),
    Case(6, 1, 1, 3, 9, 4, 0x7559_3340_50a6_fab5),
    Case(7, 2, 2, 1, 1, 1, 0xaf64_254c_8602_6897),
    Case(8, 101, 67, 3, 386, 256, 0xd808_fd69_42ba_544c),
    Case(9, 640, 3, 1, 1, 3, 0x9160_e019_64d8_0ff6),
    Case(10, 64, 64, 3, 32, 32, 0xcc35_eb74_ca0a_8c9b),
  ]

  @Test(arguments: cases) func equalsPillowSampleBySample(_ example: Case) {
    var noise = Noise(seed: example.seed)
    let picture = Picture(
      width: example.width, height: example.height, channels: example.channels,
      samples: noise.bytes(example.width * example.height * example.channels))
    let resized = picture.resized(width: example.newWidth, height: example.newHeight)
    #expect(resized.width == example.newWidth && resized.height == example.newHeight)
    #expect(fingerprint(resized.samples) == example.fingerprint)
  }

  @Test func lumaEqualsPillow() {
    var noise = Noise(seed: 99)
    let picture = Picture(width: 20, height: 10, channels: 3, samples: noise.bytes(600))
    #expect(fingerprint(picture.converted(toChannels: 1).samples) == 0x508c_c508_298d_304a)
  }

  static let sides: [(width: Int, height: Int, newWidth: Int, newHeight: Int)] = [
    (500, 375, 341, 256), (375, 500, 256, 341), (256, 256, 256, 256), (10, 300, 256, 7680), (100, 101, 256, 258),
  ]

  @Test(arguments: sides) func theShorterSideIsMet(_ side: (width: Int, height: Int, newWidth: Int, newHeight: Int)) {
    let picture = Picture(
      width: side.width, height: side.height, channels: 1,
      samples: [UInt8](repeating: 200, count: side.width * side.height))
    let resized = picture.resized(shorterSide: 256)
    #expect(resized.width == side.newWidth && resized.height == side.newHeight)
    #expect(resized.samples.allSatisfy { $0 == 200 }, "an even picture stays even")
  }

  @Test func theMiddleIsCutOut() throws {
    let picture = Picture(width: 5, height: 4, channels: 1, samples: Array(0..<20))
    #expect(picture.centreCropped(width: 2, height: 2)?.samples == [7, 8, 12, 13])
    #expect(picture.centreCropped(width: 5, height: 4) == picture)
    #expect(picture.centreCropped(width: 6, height: 1) == nil)
  }
}
