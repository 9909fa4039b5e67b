import Foundation
import Membership
import Mesh
import Testing

/// The files of `Protocol/vectors/frames` are what the codec writes and reads.
///
/// `EDGEMESH_WRITE_VECTORS=DIRECTORY swift test --filter VectorTests` writes them anew; such a run always fails, so that
/// it is never mistaken for a check.
@Suite struct VectorTests {
  static let folder = Bundle.module.resourceURL?.appending(path: "vectors/frames")

  private func text(_ name: String) throws -> String {
    let folder = try #require(Self.folder)
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  @Test(arguments: Vector.all)
  func fileIsWhatTheCodecWrites(vector: Vector) throws {
    let bytes = try #require(Vector.bytes(file: try text("\(vector.name).hex")), "\(vector.name).hex is no hex file")
    #expect(bytes == vector.bytes)
  }

  @Test(arguments: Vector.all)
  func fileIsReadAsTheValue(vector: Vector) throws {
    let bytes = try #require(Vector.bytes(file: try text("\(vector.name).hex")))
    let (content, length) = try vector.reader.decode(bytes)
    #expect(content == vector.content)
    #expect(Array(bytes[length...]) == vector.payload)
  }

  /// Kinds do not overlap: what one port takes, no other takes.
  @Test(arguments: Vector.all)
  func noOtherReaderTakesIt(vector: Vector) {
    for reader in Vector.Reader.allCases where reader != vector.reader {
      #expect(throws: DecodeError.self) { try reader.decode(vector.bytes) }
    }
  }

  static var index: String {
    var lines = [
      "Test vectors of the frames: each file holds one message as it travels, in hexadecimal.",
      "Fields are described in ../../frames.md and ../../client.md.", "",
    ]
    for vector in Vector.all {
      lines.append("\(vector.name).hex: \(vector.about) (header \(vector.header.count), then \(vector.payload.count))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  @Test func indexNamesEveryFileAndNoOtherIsThere() throws {
    #expect(try text("index.txt") == Self.index)
    let folder = try #require(Self.folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.sorted() == (Vector.all.map { "\($0.name).hex" } + ["index.txt"]).sorted())
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["EDGEMESH_WRITE_VECTORS"] != nil))
  func writeAnew() throws {
    let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["EDGEMESH_WRITE_VECTORS"]))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".hex") {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }
    for vector in Vector.all {
      try vector.file.write(to: folder.appending(path: "\(vector.name).hex"), atomically: true, encoding: .utf8)
    }
    try Self.index.write(to: folder.appending(path: "index.txt"), atomically: true, encoding: .utf8)
    Issue.record("vectors were written to \(folder.path): look at the difference and run again without the variable")
  }
}
