import Glibc

/// A file in which packed weights lie, so that the system may take their memory back while nobody needs it, and the next
/// start finds them packed.
///
/// Weights are placed one after the other, in the same order every time. Where the file is there and has the key, they
/// are mapped from it and nothing is packed; otherwise each is packed, written and mapped, and `finish` gives the file its
/// name. Whatever goes wrong with the file (no room, damage), weights are packed into memory instead. To be used by one
/// thread.
public final class WeightStore {
  /// Whether the weights are read from a file that was there.
  public private(set) var isFound = false

  private enum State {
    case found(MappedPart)
    case writing(Int32)
    /// Weights go to memory.
    case given
  }

  private let path: String
  private let key: String
  private var state = State.given
  private var file = PackedFile()
  private var next = 0

  /// Smaller weights are kept in memory by the run that packs them: a mapping takes whole pages.
  private static let leastMapped = 1 << 16

  /// - Parameters:
  ///   - path: the file's place; its directory exists.
  ///   - key: what the weights are of. How they are packed on this machine is added to it.
  public init(path: String, key: String) {
    self.path = path
    self.key = "\(key) \(PackingFingerprint.current)"
    if openFound() {
      isFound = true
    } else {
      let descriptor = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      if descriptor >= 0 { state = .writing(descriptor) }
    }
  }

  deinit { abandon() }

  private var temporary: String { "\(path).part" }

  private func openFound() -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let found = PackedFile(descriptor: descriptor, byteCount: Int(status.st_size), key: key),
      let mapping = MappedPart(descriptor: descriptor, offset: 0, byteCount: Int(status.st_size))
    else { return false }
    // Asked for in the background, so that the first run finds them.
    madvise(mapping.start, Int(status.st_size), MADV_WILLNEED)
    file = found
    state = .found(mapping)
    return true
  }

  /// Whether all that was placed is in the file; then it has its name. Otherwise there is no file left, and the next
  /// start packs again.
  @discardableResult public func finish() -> Bool {
    switch state {
    case .found:
      guard next == file.entries.count else {
        isFound = false
        unlink(path)
        return false
      }
      return true
    case .given: return false
    case .writing(let descriptor):
      file.tableStart = end
      let table = file.table
      guard file.entries.count <= PackedFile.limit, let header = file.header(key: key),
        table.withUnsafeBytes({ write($0, at: file.tableStart, to: descriptor) }),
        header.withUnsafeBytes({ write($0, at: 0, to: descriptor) }), fsync(descriptor) == 0,
        rename(temporary, path) == 0
      else {
        abandon()
        return false
      }
      close(descriptor)
      state = .given
      return true
    }
  }

  /// Where the next entry begins.
  private var end: Int {
    let end = file.entries.last.map { $0.offset + $0.byteCount } ?? PackedFile.dataStart
    return (end + PackedFile.alignment - 1) / PackedFile.alignment * PackedFile.alignment
  }

  private func abandon() {
    guard case .writing(let descriptor) = state else { return }
    close(descriptor)
    unlink(temporary)
    state = .given
  }

  // MARK: Placing

  /// The numbers that `pack` gives, or that the file has in their place.
  ///
  /// - Parameter tag: says what they are; a file that has others is not believed.
  func place(count: Int, tag: UInt64, pack: () -> AlignedStorage) -> AlignedStorage {
    let byteCount = count * MemoryLayout<Float>.stride
    switch state {
    case .given: return pack()
    case .found(let mapping):
      defer { next += 1 }
      guard next < file.entries.count, file.entries[next].tag == tag, file.entries[next].byteCount == byteCount else {
        // Never the rest either: `finish` removes the file.
        state = .given
        isFound = false
        unlink(path)
        return pack()
      }
      return Self.view(mapping.start + file.entries[next].offset, count: count, of: mapping)
    case .writing(let descriptor):
      let packed = pack()
      let entry = PackedFile.Entry(offset: end, byteCount: byteCount, tag: tag)
      let bytes = UnsafeRawBufferPointer(start: packed.pointer, count: byteCount)
      guard write(bytes, at: entry.offset, to: descriptor) else {
        abandon()
        return packed
      }
      file.entries.append(entry)
      guard byteCount >= Self.leastMapped,
        let part = MappedPart(descriptor: descriptor, offset: entry.offset, byteCount: byteCount)
      else { return packed }
      return Self.view(part.start, count: count, of: part)
    }
  }

  /// Notes what the weights were made beside; where the file says otherwise, it is not believed (`isFound`).
  public func mark(_ text: String) {
    var tag = Checksum()
    tag.add(text)
    _ = place(count: 0, tag: tag.value) { AlignedStorage(count: 0) }
  }

  private static func view(_ start: UnsafeMutableRawPointer, count: Int, of owner: AnyObject) -> AlignedStorage {
    AlignedStorage(viewing: start.assumingMemoryBound(to: Float.self), count: count, of: owner)
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let got = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return false }
      done += got
    }
    return true
  }
}
