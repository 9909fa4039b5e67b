import Foundation
import Glibc
import Testing

@testable import Learning

/// A checkpoint that cannot be written leaves the last good one, and nothing else.
@Suite struct FullDiskTests {
  /// Counts the calls and lets the one of that number fail.
  final class RiggedDisk {
    var failing: Int
    let code: Int32
    private(set) var calls = 0
    /// Bytes that one call takes at most.
    let most: Int

    init(failing: Int, code: Int32 = ENOSPC, most: Int = .max) {
      (self.failing, self.code, self.most) = (failing, code, most)
    }

    private func fails() -> Bool {
      calls += 1
      guard calls - 1 == failing else { return false }
      errno = code
      return true
    }

    func file(_ path: String) -> FileReplacement {
      var file = FileReplacement(path: path)
      file.calls.write = { descriptor, bytes in
        self.fails() ? -1 : Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, self.most))
      }
      file.calls.sync = { self.fails() ? -1 : fsync($0) }
      file.calls.close = {
        let result = Glibc.close($0)
        return self.fails() ? -1 : result
      }
      file.calls.rename = { self.fails() ? -1 : Glibc.rename($0, $1) }
      return file
    }
  }

  @Test func whicheverCallFailsTheOldFileStays() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/run.checkpoint"
    let new = CheckpointFile(header: ["epoch": "2"], tensors: [("a", [Float](repeating: 2, count: 5000))])
    let counting = RiggedDisk(failing: .max, most: 4096)
    try new.write(counting.file(path))
    // Pieces of the header and the numbers, sync, close, rename, sync of the folder.
    #expect(counting.calls >= 1 + 5 + 4)
    for call in 0..<counting.calls {
      try CheckpointFileTests.example.write(to: path)
      let before = try Data(contentsOf: folder.url("run.checkpoint"))
      #expect {
        try new.write(RiggedDisk(failing: call, most: 4096).file(path))
      } throws: { error in
        error as? LearningError == .unwritable(path: path, reason: "No space left on device")
      }
      // Once it has its name the new file counts, also where nobody can say that it will outlast a power cut.
      if call < counting.calls - 1 {
        #expect(try Data(contentsOf: folder.url("run.checkpoint")) == before, "call \(call)")
      } else {
        #expect(try CheckpointFile(reading: path).header == ["epoch": "2"])
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run.checkpoint"], "call \(call)")
    }
  }

  @Test func anInterruptedCallIsMadeAgain() throws {
    let folder = try ScratchFolder()
    try CheckpointFileTests.example.write(RiggedDisk(failing: 0, code: EINTR, most: 100).file(folder.path + "/a"))
    #expect(try CheckpointFile(reading: folder.path + "/a").header == CheckpointFileTests.example.header)
  }

  @Test func whereNothingCanBeWrittenItSaysSo() throws {
    let folder = try ScratchFolder()
    #expect(throws: LearningError.unwritable(path: folder.path + "/no/a", reason: "No such file or directory")) {
      try CheckpointFileTests.example.write(to: folder.path + "/no/a")
    }
    #expect(throws: LearningError.unwritable(path: folder.path, reason: "Is a directory")) {
      try CheckpointFileTests.example.write(to: folder.path)
    }
  }

  /// A process of its own that may write 64 KiB a file.
  @Test func aFileOverTheProcesssLimitLeavesTheOldOne() async {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      let path = folder.path + "/run.checkpoint"
      try CheckpointFileTests.example.write(to: path)
      let before = try Data(contentsOf: folder.url("run.checkpoint"))
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 16, rlim_max: 1 << 16)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let large = CheckpointFile(tensors: [("a", [Float](repeating: 1, count: 1 << 15))])
      #expect(throws: LearningError.unwritable(path: path, reason: "File too large")) { try large.write(to: path) }
      #expect(try Data(contentsOf: folder.url("run.checkpoint")) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run.checkpoint"])
    }
  }

  /// A file system of 64 KiB, which only root can have; skipped where it cannot be.
  @Test(.enabled(if: SmallDisk.isAllowed, "root may mount a small file system here"))
  func aFullFileSystemLeavesTheOldOne() throws {
    let disk = try SmallDisk()
    let path = disk.folder.path + "/run.checkpoint"
    try CheckpointFileTests.example.write(to: path)
    let large = CheckpointFile(tensors: [("a", [Float](repeating: 1, count: 1 << 15))])
    for _ in 0..<3 {
      #expect(throws: LearningError.unwritable(path: path, reason: "No space left on device")) {
        try large.write(to: path)
      }
    }
    #expect(try CheckpointFile(reading: path).header == CheckpointFileTests.example.header)
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.folder.path) == ["run.checkpoint"])
    // What failed took no room.
    try CheckpointFileTests.example.write(to: path)
  }

  final class SmallDisk {
    let folder: ScratchFolder

    init() throws {
      folder = try ScratchFolder()
      guard mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
      }
    }

    static let isAllowed = (try? SmallDisk()) != nil

    deinit { umount2(folder.path, Int32(MNT_DETACH)) }
  }
}
