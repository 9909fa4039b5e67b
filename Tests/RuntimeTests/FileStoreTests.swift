import Glibc
import Mesh
import Networks
import Testing

@testable import Runtime

/// Where and how the store of a test lives, and a file to put into it.
private func digest(_ bytes: [UInt8]) throws -> PlanDigest {
  try #require(PlanDigest(hexadecimal: sha256Hex(bytes)))
}

@Suite struct FileStoreTests {
  private let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  /// Sends a whole file, `chunk` bytes at a time.
  @discardableResult
  private func send(_ bytes: [UInt8], to store: inout FileStore, chunk: Int = 30_000) throws -> PlanDigest {
    let digest = try digest(bytes)
    guard try !store.begin(.shard, digest, byteCount: bytes.count) else { return digest }
    for offset in stride(from: 0, to: bytes.count, by: chunk) {
      try store.append(digest, offset: offset, bytes: Array(bytes[offset..<min(offset + chunk, bytes.count)]))
    }
    try store.finish(digest)
    return digest
  }

  @Test func aFileArrivesWhole() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try send(bytes, to: &store)
    #expect(try StateDirectory.read(store.path(.shard, digest), limit: 1 << 20) == bytes)
    #expect(try store.begin(.shard, digest, byteCount: bytes.count))
    #expect(StateDirectory.names(in: "\(folder.path)/incoming").isEmpty)
    // A repeated finish is answered, not refused.
    try store.finish(digest)
    try store.verify(.shard, digest)
  }

  @Test func anEmptyFileArrives() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try send([], to: &store)
    #expect(store.holds(.shard, digest))
  }

  @Test func repeatedChunksChangeNothing() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try digest(bytes)
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    for _ in 0..<2 { try store.append(digest, offset: 0, bytes: Array(bytes[..<60_000])) }
    try store.append(digest, offset: 60_000, bytes: Array(bytes[60_000...]))
    try store.append(digest, offset: 0, bytes: Array(bytes[..<60_000]))
    try store.finish(digest)
    #expect(store.holds(.shard, digest))
  }

  @Test(arguments: [(-1, 10), (Int.min, 10), (Int.max, 10), (Int.max - 5, 10), (1, 10), (99_999, 2), (0, 100_001)])
  func chunksThatDoNotFitAreRefused(offset: Int, count: Int) throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try digest(bytes)
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    #expect(throws: StateError.notBegun) {
      try store.append(digest, offset: offset, bytes: [UInt8](repeating: 0, count: count))
    }
    // The transfer goes on.
    try store.append(digest, offset: 0, bytes: bytes)
    try store.finish(digest)
  }

  @Test func chunksWithoutABeginningAreRefused() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try digest(bytes)
    #expect(throws: StateError.notBegun) { try store.append(digest, offset: 0, bytes: bytes) }
    #expect(throws: StateError.notBegun) { try store.finish(digest) }
  }

  @Test(arguments: [-1, Int.min, 1_000_001, Int.max])
  func lengthsBeyondTheLimitAreRefused(byteCount: Int) throws {
    let folder = try TemporaryFolder()
    var limits = FileStore.Limits()
    limits.fileBytes = 1_000_000
    var store = try FileStore(directory: folder.path, limits: limits)
    #expect(throws: StateError.tooLarge(byteCount: byteCount, limit: 1_000_000)) {
      try store.begin(.shard, try digest(bytes), byteCount: byteCount)
    }
  }

  @Test func aWrongDigestLeavesNothing() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try digest(bytes)
    var damaged = bytes
    damaged[77_777] ^= 1
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    try store.append(digest, offset: 0, bytes: damaged)
    #expect(throws: StateError.digestMismatch(digest.description)) { try store.finish(digest) }
    #expect(!store.holds(.shard, digest))
    #expect(StateDirectory.names(in: "\(folder.path)/incoming").isEmpty)
    // And one that ends early.
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    try store.append(digest, offset: 0, bytes: Array(bytes[..<99_999]))
    #expect(throws: StateError.digestMismatch(digest.description)) { try store.finish(digest) }
    try send(bytes, to: &store)
  }

  @Test func whatWasHalfReceivedGoesAtTheNextStart() throws {
    let folder = try TemporaryFolder()
    let digest = try digest(bytes)
    var store = try FileStore(directory: folder.path)
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    try store.append(digest, offset: 0, bytes: Array(bytes[..<50_000]))
    #expect(StateDirectory.names(in: "\(folder.path)/incoming") == [digest.description])
    store = try FileStore(directory: folder.path)
    #expect(StateDirectory.names(in: "\(folder.path)/incoming").isEmpty)
    #expect(throws: StateError.notBegun) { try store.append(digest, offset: 50_000, bytes: [1]) }
  }

  @Test func announcedAgainItGoesOnWhereItWas() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try digest(bytes)
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    try store.append(digest, offset: 0, bytes: Array(bytes[..<50_000]))
    // Whole chunks, a part of one, and what is new.
    try send(bytes, to: &store)
    #expect(store.holds(.shard, digest))
  }

  @Test func announcedWithAnotherLengthItStartsOver() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try digest(bytes)
    _ = try store.begin(.shard, digest, byteCount: 60_000)
    try store.append(digest, offset: 0, bytes: [UInt8](repeating: 9, count: 50_000))
    try send(bytes, to: &store)
    #expect(store.holds(.shard, digest))
  }

  @Test func atMostSoManyArriveAtOnce() throws {
    let folder = try TemporaryFolder()
    var limits = FileStore.Limits()
    limits.incomingFiles = 3
    var store = try FileStore(directory: folder.path, limits: limits)
    let digests = try (0..<5).map { try digest([UInt8($0)]) }
    for digest in digests { _ = try store.begin(.shard, digest, byteCount: 1) }
    #expect(StateDirectory.names(in: "\(folder.path)/incoming").count == 3)
    #expect(throws: StateError.notBegun) { try store.append(digests[0], offset: 0, bytes: [0]) }
    try store.append(digests[4], offset: 0, bytes: [4])
    try store.finish(digests[4])
  }

  @Test func theStoreKeepsWithinItsLimit() throws {
    let folder = try TemporaryFolder()
    var limits = FileStore.Limits()
    limits.totalBytes = 250_000
    var store = try FileStore(directory: folder.path, limits: limits)
    let adopted = try send(bytes, to: &store)
    store.sweep(keeping: [adopted])
    let forgotten = try send(bytes.map { $0 ^ 1 }, to: &store)
    // A third does not fit: what nobody adopted gives way, what is in use does not.
    let third = try send(bytes.map { $0 ^ 2 }, to: &store)
    #expect(store.holds(.shard, adopted) && !store.holds(.shard, forgotten) && store.holds(.shard, third))
    store.sweep(keeping: [adopted, third])
    #expect(throws: StateError.storeFull(byteCount: bytes.count, limit: 250_000)) {
      try send(bytes.map { $0 ^ 3 }, to: &store)
    }
  }

  @Test func aSweepSparesWhatMayYetBeAdopted() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let old = try send([1], to: &store)
    store.sweep(keeping: [old])
    let new = try send([2], to: &store)
    let deploying = try send([3], to: &store)
    store.sweep(keeping: [new])
    #expect(!store.holds(.shard, old) && store.holds(.shard, new) && store.holds(.shard, deploying))
    // After a restart only what is held counts.
    store = try FileStore(directory: folder.path)
    store.sweep(keeping: [new])
    #expect(!store.holds(.shard, deploying) && store.holds(.shard, new))
  }

  /// Packed weights go with their shard, and leftovers of a start that was cut short go, too.
  @Test func packedWeightsGoWithTheirShard() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let (kept, gone) = (try send([1], to: &store), try send([2], to: &store))
    for path in [store.packedPath(kept), store.packedPath(gone), store.packedPath(kept) + ".part"] {
      try StateDirectory.write("weights", to: path)
    }
    store = try FileStore(directory: folder.path)
    store.sweep(keeping: [kept])
    #expect(StateDirectory.names(in: "\(folder.path)/packed") == ["\(kept)"])
  }

  @Test func aFileThatRottedIsRemovedAndSentAgain() throws {
    let folder = try TemporaryFolder()
    var store = try FileStore(directory: folder.path)
    let digest = try send(bytes, to: &store)
    var damaged = bytes
    damaged[5] ^= 0x80
    try StateDirectory.write(damaged, to: store.path(.shard, digest))
    store = try FileStore(directory: folder.path)
    #expect(throws: StateError.damaged(store.path(.shard, digest))) { try store.verify(.shard, digest) }
    #expect(throws: StateError.self) { try store.verify(.shard, digest) }
    try send(bytes, to: &store)
    try store.verify(.shard, digest)
  }

  // MARK: A full disk

  /// The limit on a file's size stands for a disk that fills up; in a process of its own, because it holds for all.
  @Test func aFileSizeLimitIsATypedError() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let folder = try TemporaryFolder()
      var store = try FileStore(directory: folder.path)
      let bytes = [UInt8](repeating: 5, count: 100_000)
      guard let digest = PlanDigest(hexadecimal: sha256Hex(bytes)) else { exit(2) }
      // The room is there when the file begins, and gone when its bytes come.
      _ = try store.begin(.shard, digest, byteCount: bytes.count)
      var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
      guard setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit) == 0 else { exit(3) }
      do throws(StateError) {
        try store.append(digest, offset: 0, bytes: bytes)
        exit(4)
      } catch {
        guard case .noSpace(let path, _) = error, path == folder.path else { exit(5) }
      }
      guard StateDirectory.names(in: "\(folder.path)/incoming").isEmpty else { exit(6) }
      // Now it shows at once, with the file's length; and a smaller file still goes in.
      do throws(StateError) {
        _ = try store.begin(.shard, digest, byteCount: bytes.count)
        exit(7)
      } catch {
        guard error == .noSpace(path: folder.path, byteCount: bytes.count) else { exit(8) }
      }
      guard let small = PlanDigest(hexadecimal: sha256Hex([1])) else { exit(9) }
      _ = try store.begin(.shard, small, byteCount: 1)
      try store.append(small, offset: 0, bytes: [1])
      try store.finish(small)
    }
  }

  static let mayMount = geteuid() == 0

  /// A file system of one megabyte, in a mount namespace of the child's own.
  @Test(.enabled(if: mayMount, "mounting a small file system needs root"))
  func aFullDiskIsATypedErrorAndTheStoreGoesOn() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      typealias Unshare = @convention(c) (Int32) -> Int32
      typealias Mount =
        @convention(c) (
          UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>?, UInt, UnsafeRawPointer?
        ) -> Int32
      typealias Unmount = @convention(c) (UnsafePointer<CChar>, Int32) -> Int32
      guard let unshareSymbol = dlsym(nil, "unshare"), let mountSymbol = dlsym(nil, "mount"),
        let unmountSymbol = dlsym(nil, "umount2")
      else { exit(2) }
      let unmount = unsafeBitCast(unmountSymbol, to: Unmount.self)
      let unshare = unsafeBitCast(unshareSymbol, to: Unshare.self)
      let mount = unsafeBitCast(mountSymbol, to: Mount.self)
      let newMounts: Int32 = 0x2_0000
      let privately: UInt = 1 << 18 | 1 << 14
      guard unshare(newMounts) == 0, mount("none", "/", nil, privately, nil) == 0,
        "size=1m".withCString({ mount("tmpfs", folder.path, "tmpfs", 0, UnsafeRawPointer($0)) }) == 0
      else {
        print("skipped: no mount namespace here")
        return
      }
      let detach: Int32 = 2
      defer { _ = unmount(folder.path, detach) }
      var store = try FileStore(directory: "\(folder.path)/state")
      let big = [UInt8](repeating: 5, count: 2 << 20)
      let fitting = [UInt8](repeating: 6, count: 600 << 10)
      guard let bigDigest = PlanDigest(hexadecimal: sha256Hex(big)),
        let digest = PlanDigest(hexadecimal: sha256Hex(fitting))
      else { exit(3) }
      do throws(StateError) {
        _ = try store.begin(.shard, bigDigest, byteCount: big.count)
        exit(4)
      } catch {
        guard error == .noSpace(path: "\(folder.path)/state", byteCount: big.count) else { exit(5) }
      }
      // Room that one file was promised is not promised to a second.
      _ = try store.begin(.shard, digest, byteCount: fitting.count)
      do throws(StateError) {
        _ = try store.begin(.shard, bigDigest, byteCount: fitting.count)
        exit(6)
      } catch {
        guard case .noSpace = error else { exit(7) }
      }
      try store.append(digest, offset: 0, bytes: fitting)
      try store.finish(digest)
      guard store.holds(.shard, digest) else { exit(8) }
      // The holdings and the identity need room too: what is there survives a write that fails.
      let path = "\(folder.path)/state/holdings"
      try StateDirectory.write("old", to: path)
      do throws(StateError) {
        try StateDirectory.write([UInt8](repeating: 1, count: 1 << 20), to: path)
        exit(9)
      } catch {
        guard case .noSpace = error else { exit(10) }
      }
      guard try StateDirectory.readText(path) == "old" else { exit(11) }
    }
  }
}
