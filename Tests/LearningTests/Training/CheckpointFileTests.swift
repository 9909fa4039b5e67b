import Foundation
import Testing

@testable import Learning

@Suite struct CheckpointFileTests {
  static let example = CheckpointFile(
    header: ["epoch": "3", "rate": "\(0.1 + 0.2)", "seed": "\(UInt64.max)", "név \"x\"\n": "größer \\ \u{1}"],
    tensors: [
      ("stage1.conv1.weight", [1, -0.0, .infinity, .leastNonzeroMagnitude]), ("momentum/a", []),
      ("b", (0..<1000).map { Float($0).squareRoot() }),
    ])

  @Test func whatIsWrittenIsReadBackToTheBit() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/run.checkpoint"
    var file = Self.example
    file.tensors.append(("nan", [Float(bitPattern: 0x7fc0_1234), Float(bitPattern: 0xffc0_0001)]))
    try file.write(to: path)
    let again = try CheckpointFile(reading: path)
    #expect(again.header == file.header)
    #expect(again.tensors.map(\.name) == file.tensors.map(\.name))
    for (one, two) in zip(again.tensors, file.tensors) {
      #expect(one.values.map(\.bitPattern) == two.values.map(\.bitPattern), "\(one.name)")
    }
    #expect(again["b"]?.count == 1000 && again["c"] == nil)
    #expect(again.header["rate"].flatMap(Double.init) == 0.1 + 0.2)
    #expect(again.header["seed"].flatMap { UInt64($0) } == .max)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run.checkpoint"])
  }

  @Test func theSameContentsGiveTheSameBytes() throws {
    let folder = try ScratchFolder()
    try Self.example.write(to: folder.path + "/a")
    try Self.example.write(to: folder.path + "/b")
    #expect(try Data(contentsOf: folder.url("a")) == Data(contentsOf: folder.url("b")))
  }

  @Test func anEmptyCheckpointIsOne() throws {
    let folder = try ScratchFolder()
    try CheckpointFile().write(to: folder.path + "/a")
    let again = try CheckpointFile(reading: folder.path + "/a")
    #expect(again.header.isEmpty && again.tensors.isEmpty)
  }

  /// Wherever a file is cut or a bit is wrong, it is refused, and by no more than an error.
  @Test func aDamagedFileIsRefused() throws {
    let folder = try ScratchFolder()
    try CheckpointFile(header: ["epoch": "3"], tensors: [("a", [1, 2, 3]), ("b", [4])]).write(to: folder.path + "/good")
    let good = [UInt8](try Data(contentsOf: folder.url("good")))
    func refuses(_ bytes: [UInt8], _ what: Comment) throws {
      try folder.write(bytes, as: "bad")
      #expect(throws: LearningError.self, what) { try CheckpointFile(reading: folder.path + "/bad") }
    }
    for count in 0..<good.count { try refuses(Array(good[..<count]), "cut to \(count)") }
    try refuses(good + [0], "one byte more")
    var accepted = 0
    for index in good.indices {
      for bit in 0..<8 {
        var bytes = good
        bytes[index] ^= 1 << UInt8(bit)
        // A space of the padding may become another white space: nothing is lost then.
        if good[index] == UInt8(ascii: " "), [9, 10, 13].contains(bytes[index]) { continue }
        try folder.write(bytes, as: "bad")
        if (try? CheckpointFile(reading: folder.path + "/bad")) != nil { accepted += 1 }
      }
    }
    #expect(accepted == 0)
  }

  @Test func whatIsNoCheckpointIsRefusedWithItsPath() throws {
    let folder = try ScratchFolder()
    try folder.write("PK\u{3}\u{4} something else altogether", as: "zip")
    try folder.write([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x7b, 0x7d], as: "huge")
    let head = Array(#"{"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}"#.utf8)
    try folder.write([UInt8(head.count), 0, 0, 0, 0, 0, 0, 0] + head + [0, 0, 0, 0], as: "unsigned")
    for name in ["zip", "huge", "unsigned", "missing", "."] {
      #expect {
        try CheckpointFile(reading: folder.path + "/" + name)
      } throws: { error in
        guard case .unusableCheckpoint(let path, let reason)? = error as? LearningError else { return false }
        return path == folder.path + "/" + name && !reason.isEmpty
      }
    }
  }

  @Test func namesThatCannotBeReadBackAreNotWritten() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/a"
    try Self.example.write(to: path)
    let before = try Data(contentsOf: folder.url("a"))
    let wrong: [[(name: String, values: [Float])]] = [
      [("a", [1]), ("a", [2])], [("__metadata__", [1])], [(String(repeating: "x", count: 5000), [1])],
    ]
    for tensors in wrong {
      #expect(throws: LearningError.self) { try CheckpointFile(tensors: tensors).write(to: path) }
    }
    #expect(throws: LearningError.self) {
      try CheckpointFile(header: ["notes": String(repeating: "x", count: 17 << 20)]).write(to: path)
    }
    #expect(try Data(contentsOf: folder.url("a")) == before)
  }
}

extension ScratchFolder {
  func url(_ name: String) -> URL { URL(fileURLWithPath: path + "/" + name) }
}
