import CLinux
import Glibc
import Mesh
import Networks

/// Files by the digest of their bytes, received in chunks under a state directory: plans, manifests, shards.
///
/// A file appears whole under its digest or not at all; what was half received is removed at the next start. Lives on
/// the storage thread.
struct FileStore {
  /// What the store takes at most.
  struct Limits {
    /// Bytes of all files together, those that arrive included.
    var totalBytes = 4 << 30
    var fileBytes = 4 << 30
    /// Files that arrive at once; the one begun first gives way to another.
    var incomingFiles = 8
    /// Files that came whole and were not adopted; a sweep leaves so many, because somebody may be deploying.
    var unadoptedFiles = 24
  }

  private struct Incoming {
    var kind: StoredKind
    var digest: PlanDigest
    var byteCount: Int
    var received: Int
    var descriptor: Int32
    var hash: DigestStream
  }

  let directory: String
  private let limits: Limits
  private var incoming: [Incoming] = []
  /// Published since the start and not adopted yet, oldest first.
  private var unadopted: [PlanDigest] = []
  /// Files whose bytes were checked against their digest since the start.
  private var verified: Set<PlanDigest> = []

  init(directory: String, limits: Limits = Limits()) throws(StateError) {
    self.directory = directory
    self.limits = limits
    for kind in StoredKind.allCases { try StateDirectory.make(Self.folder(kind, in: directory)) }
    try StateDirectory.make(Self.packedFolder(in: directory))
    let staging = "\(directory)/incoming"
    try StateDirectory.make(staging)
    for name in StateDirectory.names(in: staging) { unlink("\(staging)/\(name)") }
  }

  private static func folder(_ kind: StoredKind, in directory: String) -> String {
    switch kind {
    case .plan: "\(directory)/plans"
    case .manifest: "\(directory)/manifests"
    case .shard: "\(directory)/shards"
    }
  }

  private static func packedFolder(in directory: String) -> String { "\(directory)/packed" }

  /// Where the packed weights of a shard are kept, for as long as the shard is. They can be made again, and do not count
  /// among the store's bytes.
  func packedPath(_ shard: PlanDigest) -> String { "\(Self.packedFolder(in: directory))/\(shard)" }

  func path(_ kind: StoredKind, _ digest: PlanDigest) -> String { "\(Self.folder(kind, in: directory))/\(digest)" }
  func holds(_ kind: StoredKind, _ digest: PlanDigest) -> Bool { access(path(kind, digest), R_OK) == 0 }
  private func stagingPath(_ digest: PlanDigest) -> String { "\(directory)/incoming/\(digest)" }

  // MARK: Receiving

  /// Announces a file and reserves its room; true where it is here already. Announced again, it goes on where it was.
  mutating func begin(_ kind: StoredKind, _ digest: PlanDigest, byteCount: Int) throws(StateError) -> Bool {
    if holds(kind, digest) { return true }
    if incoming.contains(where: { $0.digest == digest && $0.kind == kind && $0.byteCount == byteCount }) {
      return false
    }
    abandon(digest)
    guard (0...limits.fileBytes).contains(byteCount) else {
      throw .tooLarge(byteCount: byteCount, limit: limits.fileBytes)
    }
    while incoming.count >= limits.incomingFiles { abandon(incoming[0].digest) }
    try makeRoom(for: byteCount)
    let path = stagingPath(digest)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last(path, byteCount: byteCount) }
    do {
      try reserve(byteCount, in: descriptor)
    } catch {
      close(descriptor)
      unlink(path)
      throw error
    }
    incoming.append(
      Incoming(
        kind: kind, digest: digest, byteCount: byteCount, received: 0, descriptor: descriptor, hash: DigestStream()))
    return false
  }

  /// Keeps the files within the store's limit; those that nobody adopted give way, the oldest first.
  private mutating func makeRoom(for byteCount: Int) throws(StateError) {
    while usedBytes > limits.totalBytes - byteCount {
      guard let oldest = unadopted.first else {
        throw .storeFull(byteCount: byteCount, limit: limits.totalBytes)
      }
      unadopted.removeFirst()
      remove(oldest)
    }
  }

  /// Bytes of all files, those that arrive counted in full.
  private var usedBytes: Int {
    var sum = incoming.reduce(0) { $0 + $1.byteCount }
    for kind in StoredKind.allCases {
      let folder = Self.folder(kind, in: directory)
      for name in StateDirectory.names(in: folder) {
        var status = stat()
        if stat("\(folder)/\(name)", &status) == 0 { sum += Int(status.st_size) }
      }
    }
    return sum
  }

  /// Has the room set aside, so that a full disk shows before anything is sent; where the file system cannot do that, at
  /// least what is free is looked at.
  private func reserve(_ byteCount: Int, in descriptor: Int32) throws(StateError) {
    guard byteCount > 0, fallocate(descriptor, 0, 0, byteCount) != 0 else { return }
    if [ENOSPC, EFBIG, EDQUOT].contains(errno) { throw .last(directory, byteCount: byteCount) }
    var space = statvfs()
    guard statvfs(directory, &space) == 0 else { return }
    let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
    guard overflow || byteCount < free else { throw .noSpace(path: directory, byteCount: byteCount) }
  }

  /// Takes the next bytes; bytes that are here already (a repeated request) change nothing.
  mutating func append(_ digest: PlanDigest, offset: Int, bytes: [UInt8]) throws(StateError) {
    guard let index = incoming.firstIndex(where: { $0.digest == digest }) else { throw .notBegun }
    let file = incoming[index]
    guard offset >= 0, offset <= file.received, bytes.count <= file.byteCount - offset else { throw .notBegun }
    if offset + bytes.count <= file.received { return }
    let new = Array(bytes[(file.received - offset)...])
    do {
      try StateDirectory.append(new, to: file.descriptor, path: directory)
    } catch {
      abandon(digest)
      throw error
    }
    incoming[index].hash.update(new)
    incoming[index].received += new.count
  }

  /// Checks the digest and gives the file its name.
  mutating func finish(_ digest: PlanDigest) throws(StateError) {
    guard let index = incoming.firstIndex(where: { $0.digest == digest }) else {
      // Repeated after it was done.
      guard StoredKind.allCases.contains(where: { holds($0, digest) }) else { throw .notBegun }
      return
    }
    let file = incoming[index]
    guard file.received == file.byteCount, file.hash.hex() == digest.description else {
      abandon(digest)
      throw .digestMismatch(digest.description)
    }
    guard fsync(file.descriptor) == 0 else {
      let error = StateError.last(directory, byteCount: file.byteCount)
      abandon(digest)
      throw error
    }
    close(file.descriptor)
    incoming.remove(at: index)
    try StateDirectory.publish(stagingPath(digest), as: path(file.kind, digest))
    verified.insert(digest)
    unadopted.append(digest)
    while unadopted.count > limits.unadoptedFiles { remove(unadopted.removeFirst()) }
  }

  private mutating func abandon(_ digest: PlanDigest) {
    guard let index = incoming.firstIndex(where: { $0.digest == digest }) else { return }
    close(incoming[index].descriptor)
    unlink(stagingPath(digest))
    incoming.remove(at: index)
  }

  // MARK: Keeping

  /// Checks a stored file against its digest, once in the life of the process: cards and disks rot. A damaged file is
  /// removed, so that it is sent again.
  mutating func verify(_ kind: StoredKind, _ digest: PlanDigest) throws(StateError) {
    guard holds(kind, digest) else { throw .missing("\(kind) \(digest)") }
    guard !verified.contains(digest) else { return }
    let path = path(kind, digest)
    guard try StateDirectory.digest(path) == digest.description else {
      unlink(path)
      throw .damaged(path)
    }
    verified.insert(digest)
  }

  /// Removes every stored file that is not among `kept`, but what came lately: its adoption may follow.
  mutating func sweep(keeping kept: Set<PlanDigest>) {
    unadopted.removeAll { kept.contains($0) }
    let spared = kept.union(unadopted)
    for kind in StoredKind.allCases {
      let folder = Self.folder(kind, in: directory)
      for name in StateDirectory.names(in: folder) {
        guard let digest = PlanDigest(hexadecimal: name), !spared.contains(digest) else { continue }
        remove(digest)
      }
    }
    let folder = Self.packedFolder(in: directory)
    for name in StateDirectory.names(in: folder) {
      if let digest = PlanDigest(hexadecimal: name), spared.contains(digest) { continue }
      unlink("\(folder)/\(name)")
    }
  }

  private mutating func remove(_ digest: PlanDigest) {
    for kind in StoredKind.allCases { unlink(path(kind, digest)) }
    unlink(packedPath(digest))
    verified.remove(digest)
  }
}
