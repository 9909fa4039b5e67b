import Glibc

/// What stands at the beginning and at the end of a file of packed weights.
///
/// The first 4,096 bytes hold the header; then come the entries, each from a multiple of 64 bytes on; then the table with
/// three numbers for each: where it begins, its bytes, and a tag that says what it is. All numbers are the machine's own:
/// no other reads them.
struct PackedFile {
  struct Entry: Equatable {
    var offset, byteCount: Int
    var tag: UInt64
  }

  static let dataStart = 4096
  static let alignment = 64
  /// Entries that a file may have.
  static let limit = 1 << 18
  private static let magic: UInt64 = 0x6b63_6170_6d65_3130

  var entries: [Entry] = []
  /// Where the table begins: behind the entries.
  var tableStart = dataStart

  /// Magic, numbers, the key's length, then the key. The checksum goes over all of it and the table.
  private static let fixedWords = 5

  var table: [UInt64] {
    entries.flatMap { [UInt64($0.offset), UInt64($0.byteCount), $0.tag] }
  }

  /// The header's bytes; nil where the key is too long.
  func header(key: String) -> [UInt8]? {
    let text = Array(key.utf8)
    guard text.count <= Self.dataStart - Self.fixedWords * 8 else { return nil }
    let words = [Self.magic, UInt64(entries.count), UInt64(tableStart), UInt64(text.count), checksum(key)]
    var bytes = words.withUnsafeBytes { Array($0) } + text
    bytes += [UInt8](repeating: 0, count: Self.dataStart - bytes.count)
    return bytes
  }

  private func checksum(_ key: String) -> UInt64 {
    var sum = Checksum()
    sum.add(key)
    sum.add(entries.count)
    sum.add(tableStart)
    table.withUnsafeBytes { sum.add($0) }
    return sum.value
  }

  init() {}

  /// Reads header and table of an open file; nil where it is not whole, or has another key.
  init?(descriptor: Int32, byteCount: Int, key: String) {
    func words(at offset: Int, count: Int) -> [UInt64]? {
      var words = [UInt64](repeating: 0, count: count)
      let isRead = words.withUnsafeMutableBytes { target -> Bool in
        var done = 0
        while done < target.count {
          let got = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
          if got < 0, errno == EINTR { continue }
          guard got > 0 else { return false }
          done += got
        }
        return true
      }
      return isRead ? words : nil
    }
    guard byteCount > Self.dataStart, let header = words(at: 0, count: Self.dataStart / 8),
      header[0] == Self.magic, header[1] <= UInt64(Self.limit), header[2] <= UInt64(byteCount),
      Int(header[2]) >= Self.dataStart, Int(header[2]) + Int(header[1]) * 24 == byteCount,
      header[3] == UInt64(key.utf8.count), key.utf8.count <= Self.dataStart - Self.fixedWords * 8,
      header.withUnsafeBytes({ $0[(Self.fixedWords * 8)...].prefix(key.utf8.count).elementsEqual(key.utf8) }),
      let table = words(at: Int(header[2]), count: Int(header[1]) * 3)
    else { return nil }
    tableStart = Int(header[2])
    var end = Self.dataStart
    for index in 0..<Int(header[1]) {
      let (offset, count) = (table[index * 3], table[index * 3 + 1])
      guard offset >= UInt64(end), offset % UInt64(Self.alignment) == 0, offset <= header[2],
        count <= header[2] - offset
      else { return nil }
      entries.append(Entry(offset: Int(offset), byteCount: Int(count), tag: table[index * 3 + 2]))
      end = Int(offset) + Int(count)
    }
    guard checksum(key) == header[4] else { return nil }
  }
}

/// A part of a file, mapped for reading; unmapped with the last reference.
final class MappedPart: @unchecked Sendable {
  // Unchecked: the pages are only read.
  private let base: UnsafeMutableRawPointer
  private let length: Int
  /// Where the part begins in the mapping, which begins with a page.
  private let skipped: Int

  init?(descriptor: Int32, offset: Int, byteCount: Int) {
    skipped = offset % Int(getpagesize())
    length = skipped + byteCount
    guard byteCount > 0,
      let base = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, off_t(offset - skipped)), base != MAP_FAILED
    else { return nil }
    self.base = base
  }

  var start: UnsafeMutableRawPointer { base + skipped }

  deinit { munmap(base, length) }
}
