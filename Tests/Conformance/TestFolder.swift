import FoundationEssentials
import Networks

/// One test of an ONNX backend suite: a folder with `model.onnx` and data sets of inputs and expected outputs.
struct TestFolder {
  let name: String
  let path: String

  var model: String { path + "/model.onnx" }

  /// The tests in a folder, by name.
  static func all(in folder: String) throws -> [TestFolder] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().compactMap { name in
      let test = TestFolder(name: name, path: folder + "/" + name)
      return FileManager.default.fileExists(atPath: test.model) ? test : nil
    }
  }

  /// The paths of the data sets, in order.
  func dataSets() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path)
      .filter { $0.hasPrefix("test_data_set_") }.sorted().map { path + "/" + $0 }
  }

  /// The tensors `KIND_0.pb`, `KIND_1.pb`, ... of a data set.
  static func tensors(_ kind: String, in dataSet: String) throws -> [TensorFile] {
    var result: [TensorFile] = []
    while true {
      let file = "\(dataSet)/\(kind)_\(result.count).pb"
      guard FileManager.default.fileExists(atPath: file) else { return result }
      result.append(try TensorFile([UInt8](Data(contentsOf: URL(filePath: file)))))
    }
  }

  /// Relative and absolute tolerance: the test's own (`tol.txt`), at most those of `Tolerance`.
  func tolerance() -> Tolerance {
    guard let text = try? String(contentsOf: URL(filePath: path + "/tol.txt"), encoding: .utf8) else {
      return .standard
    }
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Float($0) }
    guard numbers.count == 2 else { return .standard }
    return Tolerance(relative: numbers[0], absolute: max(numbers[1], Tolerance.standard.absolute))
  }
}
