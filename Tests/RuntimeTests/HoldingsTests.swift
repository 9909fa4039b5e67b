import Glibc
import Mesh
import Networks
import Testing

@testable import Runtime

/// What goes wrong with plans stays in bounds and costs nobody the plans that are well.
@Suite struct HoldingsTests {
  private func adoption(_ number: UInt64) throws -> Adoption {
    let digest = try #require(PlanDigest(hexadecimal: sha256Hex(Array("plan \(number)".utf8))))
    return Adoption(plan: digest, manifest: digest, shard: digest, generation: number, seat: 0)
  }

  @Test func failedAdoptionsAreBoundedAndNobodysSurplus() throws {
    let holdings = Holdings()
    let loading = try adoption(0)
    holdings.set(loading, .loading)
    for number in UInt64(1)...100 { holdings.set(try adoption(number), .failed("no such file")) }
    #expect(holdings.entries.count <= StorageWork.plans + 1)
    #expect(holdings.entries.contains { $0.adoption == loading })
    #expect(holdings.removeSurplus().isEmpty)
  }

  private func storedFile(in folder: TemporaryFolder) throws -> String {
    let bytes = Array("a shard".utf8)
    let digest = try #require(PlanDigest(hexadecimal: sha256Hex(bytes)))
    var store = try FileStore(directory: folder.path)
    _ = try store.begin(.shard, digest, byteCount: bytes.count)
    try store.append(digest, offset: 0, bytes: bytes)
    try store.finish(digest)
    return store.path(.shard, digest)
  }

  /// A rotten list of holdings is no reason to delete what it may have named; without a list nothing was adopted.
  @Test(arguments: ["garbage\n", "\u{FF}\u{0}", nil])
  func filesStayWhereTheHoldingsCannotBeRead(list: String?) throws {
    let folder = try TemporaryFolder()
    let path = try storedFile(in: folder)
    if let list { try StateDirectory.write(list, to: "\(folder.path)/holdings") }
    _ = StorageWork(directory: folder.path).handle(.restore)
    #expect((access(path, F_OK) == 0) == (list != nil))
  }

  /// A generation after which none can come.
  @Test func theLastGenerationIsRefused() throws {
    var last = try adoption(.max)
    #expect(throws: DecodeError.outOfBounds("generation")) {
      try AdminCodec.decodeRequest(AdminCodec.encode(.adopt(last), token: 1))
    }
    last.generation = .max - 1
    #expect(try AdminCodec.decodeRequest(AdminCodec.encode(.adopt(last), token: 1)).0 == .adopt(last))
    last.generation = .max
    #expect(Adoption(line: last.line) == nil)
  }

  /// Answers to joins from any number of addresses take a bounded number of the process's sockets.
  @Test func controlSocketsAreBounded() throws {
    let links = PeerLinks(controlSockets: 3)
    for port in 40_000..<40_020 { links.sendControl(try Message([1, 2, 3]), address: "127.0.0.1:\(port)") }
    #expect(links.controlSocketCount == 3)
  }
}
