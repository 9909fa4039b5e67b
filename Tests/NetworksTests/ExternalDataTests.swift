import Foundation
import Tensors
import Testing

@testable import Networks

/// Weights in files beside the model: found where they should be, and nowhere else.
@Suite struct ExternalDataTests {
  /// A folder with a model whose only weights, 2 x 3 floats, lie in another file.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("external.\(UUID().uuidString)")
    var model: URL { url.appendingPathComponent("models/m.onnx") }

    init() throws {
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent("models/data"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ floats: [Float], to path: String, after count: Int = 0) throws {
      let bytes =
        [UInt8](repeating: 0xFF, count: count)
        + floats.flatMap { float in
          (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> UInt32(8 * $0)) }
        }
      try Data(bytes).write(to: url.appendingPathComponent(path))
    }

    /// Loads a model with these entries in place of its weights, `tensors` of them.
    func load(_ entries: [(String, String)], tensors: Int = 1) throws -> LoadedNetwork {
      let bytes = ONNXTests.model(dimensions: [2, 3]) { graph in
        for index in 0..<tensors {
          graph.message(5) { tensor in
            for extent in [2, 3] { tensor.integer(1, extent) }
            tensor.integer(2, 1)
            tensor.string(8, "w\(index)")
            for (key, value) in entries {
              tensor.message(13) { entry in
                entry.string(1, key)
                entry.string(2, value)
              }
            }
            tensor.integer(14, 1)
          }
        }
      }
      try Data(bytes).write(to: model)
      return try Network.load(onnx: model.path, simplifying: false)
    }
  }

  private static let floats: [Float] = [1, -2, 3.5, 4, 5, 6]

  @Test(
    arguments: [
      ("w.bin", [("location", "w.bin")], 0),
      ("w.bin", [("location", "./w.bin"), ("offset", "0"), ("length", "24"), ("checksum", "x")], 0),
      ("data/w.bin", [("location", "data/w.bin"), ("offset", "5"), ("length", "24")], 5),
      ("data/w.bin", [("offset", "4096"), ("location", "data/w.bin")], 4096),
    ] as [(String, [(String, String)], Int)])
  func weightsAreReadFromWhereTheyLie(_ path: String, _ entries: [(String, String)], _ before: Int) throws {
    let folder = try Folder()
    try folder.write(Self.floats, to: "models/\(path)", after: before)
    let loaded = try folder.load(entries)
    guard case .float(let weights) = loaded.network.constants["w0"] else { return #expect(Bool(false), "no weights") }
    #expect(weights.shape == [2, 3] && weights.elements == Self.floats)
    #expect(try NetworkSurvey(onnx: folder.model.path).digest == loaded.digest)
    // Other weights are another network.
    try folder.write([0, 0, 0, 0, 0, 0], to: "models/\(path)", after: before)
    #expect(try folder.load(entries).digest != loaded.digest)
    #expect(throws: NetworkError.self) { _ = try Network(onnx: [UInt8](Data(contentsOf: folder.model))) }
  }

  @Test(
    arguments: [
      [("location", "../secret.bin")], [("location", "data/../../secret.bin")], [("location", "/etc/hostname")],
      [("location", "")], [("offset", "0")], [("location", ".")], [("location", "data")], [("location", "data/")],
      [("location", "missing.bin")], [("location", "w.bin/x")], [("location", "w.bin\0x")], [("location", "link.bin")],
      [("location", "out/secret.bin")], [("location", "pipe")], [("location", "empty.bin")],
      [("location", "w.bin"), ("offset", "1")], [("location", "w.bin"), ("offset", "-4")],
      [("location", "w.bin"), ("offset", "25")], [("location", "w.bin"), ("offset", "9223372036854775807")],
      [("location", "w.bin"), ("offset", "99999999999999999999")], [("location", "w.bin"), ("offset", "0x0")],
      [("location", "w.bin"), ("length", "20")], [("location", "w.bin"), ("length", "28")],
      [("location", "w.bin"), ("length", "-1")], [("location", "w.bin"), ("length", "9223372036854775807")],
    ] as [[(String, String)]])
  func whatLiesElsewhereOrDoesNotFitIsRefused(_ entries: [(String, String)]) throws {
    let folder = try Folder()
    try folder.write(Self.floats, to: "secret.bin")
    try folder.write(Self.floats, to: "models/w.bin")
    try folder.write([], to: "models/empty.bin")
    let models = folder.url.appendingPathComponent("models").path
    #expect(symlink("../secret.bin", "\(models)/link.bin") == 0 && symlink("..", "\(models)/out") == 0)
    #expect(mkfifo("\(models)/pipe", 0o600) == 0)
    let error = #expect(throws: NetworkError.self) { _ = try folder.load(entries) }
    #expect(error?.description.contains("\n") == false)
  }

  /// One small file must not become a thousand large tensors.
  @Test func tensorsTogetherTakeNoMoreThanTwiceTheirFile() throws {
    let folder = try Folder()
    try folder.write(Self.floats, to: "models/w.bin")
    #expect(try folder.load([("location", "w.bin")], tensors: 2).network.constants.count == 2)
    #expect(throws: NetworkError.self) { _ = try folder.load([("location", "w.bin")], tensors: 3) }
  }
}
