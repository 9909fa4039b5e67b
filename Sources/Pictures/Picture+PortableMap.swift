extension Picture {
  /// Decodes Netpbm's grey and pixel maps, as text (P2, P3) or binary (P5, P6), with up to 16 bits a sample, scaled to
  /// 8. Of a file with several pictures the first is taken.
  static func decodePortableMap(_ bytes: [UInt8], name: String) throws(PictureError) -> Picture {
    var reader = PortableMapReader(bytes: bytes, position: 2, name: name)
    let variant = bytes[1]
    guard variant != UInt8(ascii: "1"), variant != UInt8(ascii: "4") else {
      throw reader.malformed("bitmaps (P1, P4) are not taken; convert it to PGM")
    }
    let channels = variant == UInt8(ascii: "3") || variant == UInt8(ascii: "6") ? 3 : 1
    let isText = variant == UInt8(ascii: "2") || variant == UInt8(ascii: "3")
    let width = try reader.number("the width")
    let height = try reader.number("the height")
    let maximum = try reader.number("the largest sample")
    try PictureLimits.check(width: width, height: height, name: name, kind: reader.kind)
    guard (1...65_535).contains(maximum) else { throw reader.malformed("the largest sample is \(maximum)") }
    let count = width * height * channels

    if isText {
      // Each sample takes at least a digit and a separator.
      guard bytes.count - reader.position >= count * 2 - 1 else { throw reader.truncated(count) }
      var samples: [UInt8] = []
      samples.reserveCapacity(count)
      for _ in 0..<count {
        let sample = try reader.number("a sample")
        guard sample <= maximum else { throw reader.malformed("a sample of \(sample) exceeds \(maximum)") }
        samples.append(scaled(sample, from: maximum))
      }
      return Picture(width: width, height: height, channels: channels, samples: samples)
    }

    try reader.skipOneSpace()
    let size = maximum > 255 ? 2 : 1
    guard bytes.count - reader.position >= count * size else { throw reader.truncated(count) }
    if maximum == 255 {
      let samples = Array(bytes[reader.position..<reader.position + count])
      return Picture(width: width, height: height, channels: channels, samples: samples)
    }
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for index in 0..<count {
      let at = reader.position + index * size
      let sample = size == 1 ? Int(bytes[at]) : Int(bytes[at]) << 8 | Int(bytes[at + 1])
      guard sample <= maximum else { throw reader.malformed("a sample of \(sample) exceeds \(maximum)") }
      samples.append(scaled(sample, from: maximum))
    }
    return Picture(width: width, height: height, channels: channels, samples: samples)
  }

  private static func scaled(_ sample: Int, from maximum: Int) -> UInt8 {
    UInt8((sample * 255 + maximum / 2) / maximum)
  }
}

/// Walks through the text part of a portable map.
private struct PortableMapReader {
  let bytes: [UInt8]
  var position: Int
  let name: String
  var kind: String { "P\(UnicodeScalar(bytes[1]))" }

  /// The next decimal number, after white space and comments.
  mutating func number(_ what: String) throws(PictureError) -> Int {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      } else if Self.isSpace(bytes[position]) {
        position += 1
      } else {
        break
      }
    }
    let start = position
    var value = 0
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
      value = value * 10 + Int(bytes[position] - UInt8(ascii: "0"))
      guard value <= 1 << 30 else { throw malformed("\(what) is too large") }
      position += 1
    }
    guard position > start else {
      throw malformed(position < bytes.count ? "\(what) is no number" : "it ends before \(what)")
    }
    return value
  }

  /// Exactly one white-space byte stands between the header and binary samples.
  mutating func skipOneSpace() throws(PictureError) {
    guard position < bytes.count, Self.isSpace(bytes[position]) else {
      throw malformed("no white space stands before the samples")
    }
    position += 1
  }

  func malformed(_ reason: String) -> PictureError { .malformed(name: name, kind: kind, reason: reason) }
  func truncated(_ count: Int) -> PictureError { malformed("it ends before its \(count) samples do") }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
