import Glibc
import Synchronization

/// Floats at an address that is a multiple of 64, owned by reference count.
final class AlignedStorage: @unchecked Sendable {
  // Unchecked: written only while uniquely referenced (`makeUnique`) or inside an initialiser.
  let count: Int
  /// Nil where numbers are made when they are looked at.
  private let address: UnsafeMutablePointer<Float>?
  private let memory: Memory

  /// Whose memory it is.
  private enum Memory {
    case allocated
    /// Pages of its own, which go back to the system at once: freed weights must not stay with the allocator.
    case pages(UnsafeMutableRawPointer, byteCount: Int)
    /// Somebody else's, who lives as long.
    case partOf(AnyObject)
    case deferred(Deferral)
  }

  /// Numbers that are made when they are looked at for the first time.
  private final class Deferral: Sendable {
    enum State {
      case open(@Sendable () -> AlignedStorage)
      case made(AlignedStorage)
    }

    let state: Mutex<State>

    init(_ make: @escaping @Sendable () -> AlignedStorage) { state = Mutex(.open(make)) }

    var storage: AlignedStorage {
      state.withLock { state in
        switch state {
        case .made(let storage): return storage
        case .open(let make):
          let storage = make()
          state = .made(storage)
          return storage
        }
      }
    }
  }

  /// - Parameter lasting: whether it is weights or an arena, kept for long, and not a value of a run, which is quickly
  ///   had from the allocator again.
  init(count: Int, lasting: Bool = false) {
    self.count = count
    let bytes = Swift.max(count, 1) * MemoryLayout<Float>.stride
    if bytes >= (lasting ? Self.leastLastingByteCount : Self.leastPassingByteCount),
      let pages = Self.pages(byteCount: bytes)
    {
      memory = .pages(pages, byteCount: bytes)
      address = pages.bindMemory(to: Float.self, capacity: count)
    } else {
      memory = .allocated
      address = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
        to: Float.self, capacity: Swift.max(count, 1))
    }
  }

  /// A part of another storage, whoever else writes to it. It begins at a multiple of 64 bytes.
  init(viewing whole: AlignedStorage, from offset: Int, count: Int) {
    address = whole.pointer + offset
    self.count = count
    memory = .partOf(whole)
  }

  /// Memory of another owner's, which is not written to.
  init(viewing pointer: UnsafeMutablePointer<Float>, count: Int, of owner: AnyObject) {
    address = pointer
    self.count = count
    memory = .partOf(owner)
  }

  /// `count` numbers that `make` makes when they are looked at.
  init(count: Int, deferring make: @escaping @Sendable () -> AlignedStorage) {
    address = nil
    self.count = count
    memory = .deferred(
      Deferral {
        let made = make()
        precondition(made.count == count, "\(made.count) numbers in place of \(count)")
        return made
      })
  }

  var pointer: UnsafeMutablePointer<Float> {
    if let address { return address }
    guard case .deferred(let deferral) = memory else { preconditionFailure("numbers without a place") }
    return deferral.storage.pointer
  }

  /// Whether the memory is, or may be, somebody else's, too.
  var isView: Bool {
    switch memory {
    case .allocated, .pages: false
    case .partOf, .deferred: true
    }
  }

  func copy() -> AlignedStorage {
    let copy = AlignedStorage(count: count)
    copy.pointer.initialize(from: pointer, count: count)
    return copy
  }

  deinit {
    switch memory {
    case .allocated: UnsafeMutableRawPointer(pointer).deallocate()
    case .pages(let pages, let byteCount): munmap(pages, byteCount)
    case .partOf, .deferred: break
    }
  }

  // MARK: Pages

  private static let leastLastingByteCount = 128 << 10
  private static let leastPassingByteCount = 2 << 20
  private static let hugePage = 2 << 20
  /// From here on huge pages are asked for: weights are then faulted in and walked through a good deal faster. Below,
  /// the last one's rest would weigh too much.
  private static let leastHugeByteCount = 8 << 20

  /// Pages of zeros, or nil where the system has none to give.
  private static func pages(byteCount: Int) -> UnsafeMutableRawPointer? {
    func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
      let found = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      return found == MAP_FAILED ? nil : found
    }
    guard byteCount >= leastHugeByteCount else { return map(byteCount) }
    // What lies before the first whole huge page, and after the end, is given back.
    guard let start = map(byteCount + hugePage) else { return nil }
    let before = (hugePage - Int(bitPattern: start) % hugePage) % hugePage
    if before > 0 { munmap(start, before) }
    let first = start + before
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let end = (byteCount + page - 1) / page * page
    let after = hugePage - before
    if after > end - byteCount { munmap(first + end, byteCount + after - end) }
    madvise(first, byteCount / hugePage * hugePage, MADV_HUGEPAGE)
    return first
  }
}
