/// Damage that knows nothing of what the bytes mean.
enum ByteMutations {
  static func apply(_ bytes: inout [UInt8], other: [UInt8], _ chance: inout Chance) {
    guard !bytes.isEmpty else {
      bytes = other
      return
    }
    let at = chance.number(bytes.count)
    switch chance.number(9) {
    case 0: bytes.removeSubrange(at...)
    case 1: for _ in 0...chance.number(8) { bytes[chance.number(bytes.count)] ^= 1 << UInt8(chance.number(8)) }
    case 2: bytes[at] = UInt8(truncatingIfNeeded: chance.bits())
    case 3:
      // A piece of another file in the place of one of this.
      let from = chance.number(other.count)
      let piece = other[from..<min(other.count, from + 1 + chance.number(200))]
      bytes.replaceSubrange(at..<min(bytes.count, at + chance.number(200)), with: piece)
    case 4: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], at: at)
    case 5:
      // A number that never ends, or one of more than 64 bits.
      bytes.replaceSubrange(
        at..<at, with: [UInt8](repeating: chance.one(in: 2) ? 0x80 : 0xFF, count: 1 + chance.number(40)))
    case 6: bytes.removeSubrange(at..<min(bytes.count, at + 1 + chance.number(16)))
    case 7: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + chance.number(300))], at: at)
    default:
      // The first and the last bytes of two files.
      bytes = Array(bytes[..<at]) + other[chance.number(other.count)...]
    }
  }
}
