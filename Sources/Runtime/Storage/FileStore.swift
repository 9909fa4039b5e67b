import CSodium
import Glibc
import Mesh

/// Files by the digest of their bytes, received in chunks under a state directory: plans, manifests, shards.
///
/// A file appears whole under its digest or not at all; what was half received is removed at the next start. Lives on
/// the storage thread.
struct FileStore {
  private struct Incoming {
    var kind: StoredKind
    var digest: PlanDigest
    var byteCount: Int
    var received: Int
    var descriptor: Int32
    var hash: crypto_hash_sha256_state
  }

  /// Bytes of all files, of one, and files that arrive at once.
  static let totalBytes = 16 << 30
  static let fileBytes = 8 << 30
  static let incomingFiles = 8

  let directory: String
  private var incoming: [Incoming] = []

  init(directory: String) throws(StateError) {
    self.directory = directory
    for kind in StoredKind.allCases { try StateDirectory.make(Self.folder(kind, in: directory)) }
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

  func path(_ kind: StoredKind, _ digest: PlanDigest) -> String { "\(Self.folder(kind, in: directory))/\(digest)" }
  func holds(_ kind: StoredKind, _ digest: PlanDigest) -> Bool { access(path(kind, digest), R_OK) == 0 }
  private func stagingPath(_ digest: PlanDigest) -> String { "\(directory)/incoming/\(digest)" }

  /// Announces a file; true where it is here already.
  mutating func begin(_ kind: StoredKind, _ digest: PlanDigest, byteCount: Int) throws(StateError) -> Bool {
    if holds(kind, digest) { return true }
    guard byteCount <= Self.fileBytes else { throw .tooLarge(byteCount: byteCount, limit: Self.fileBytes) }
    abandon(digest)
    if incoming.count >= Self.incomingFiles { abandon(incoming[0].digest) }
    var space = statvfs()
    if statvfs(directory, &space) == 0 {
      let free = Int(
        clamping: UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).partialValue)
      guard byteCount < free else { throw .noSpace(path: directory, byteCount: byteCount) }
    }
    let path = stagingPath(digest)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last(path, byteCount: byteCount) }
    var hash = crypto_hash_sha256_state()
    crypto_hash_sha256_init(&hash)
    incoming.append(
      Incoming(kind: kind, digest: digest, byteCount: byteCount, received: 0, descriptor: descriptor, hash: hash))
    return false
  }

  /// Takes the next bytes; bytes that are here already (a repeated request) change nothing.
  mutating func append(_ digest: PlanDigest, offset: Int, bytes: [UInt8]) throws(StateError) {
    guard let index = incoming.firstIndex(where: { $0.digest == digest }) else { throw .notBegun }
    let file = incoming[index]
    if offset + bytes.count <= file.received { return }
    guard offset == file.received, bytes.count <= file.byteCount - file.received else { throw .notBegun }
    do {
      try StateDirectory.append(bytes, to: file.descriptor, path: directory)
    } catch {
      abandon(digest)
      throw error
    }
    crypto_hash_sha256_update(&incoming[index].hash, bytes, UInt64(bytes.count))
    incoming[index].received += bytes.count
  }

  /// Checks the digest and gives the file its name.
  mutating func finish(_ digest: PlanDigest) throws(StateError) {
    guard let index = incoming.firstIndex(where: { $0.digest == digest }) else {
      // Repeated after it was done.
      guard StoredKind.allCases.contains(where: { holds($0, digest) }) else { throw .notBegun }
      return
    }
    var file = incoming[index]
    var actual = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    crypto_hash_sha256_final(&file.hash, &actual)
    guard file.received == file.byteCount, actual == digest.bytes else {
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
  }

  /// Removes every stored file that is not among `kept`.
  func sweep(keeping kept: Set<PlanDigest>) {
    for kind in StoredKind.allCases {
      let folder = Self.folder(kind, in: directory)
      for name in StateDirectory.names(in: folder) {
        guard let digest = PlanDigest(hexadecimal: name), !kept.contains(digest) else { continue }
        unlink("\(folder)/\(name)")
      }
    }
  }

  private mutating func abandon(_ digest: PlanDigest) {
    guard let index = incoming.firstIndex(where: { $0.digest == digest }) else { return }
    close(incoming[index].descriptor)
    unlink(stagingPath(digest))
    incoming.remove(at: index)
  }
}
