import Pictures
import Tensors

/// NumPy's files: `inputs.npy` of [N, n], [N, H, W] or [N, C, H, W] and `labels.npy` of N whole numbers.
enum Arrays {
  static func isIn(_ folder: Folder) -> Bool {
    folder.names.contains("inputs.npy")
      || folder.names.contains("train") && Folder.isFile(folder.path("train/inputs.npy"))
  }

  /// Opens `inputs.npy` and `labels.npy` in `train` and `test`, or in the folder itself, of which a share is then kept
  /// for testing.
  static func open(_ folder: Folder, options: DataOptions) throws(LearningError) -> TrainingData {
    if folder.names.contains("inputs.npy") {
      let part = try Part(folder.path)
      return try DataSets.split(
        part.set(folder.name, classNames: part.classNames(folder)), labels: part.labels, options: options)
    }
    guard let testPath = folder.first(PictureFolders.testFolders) else {
      throw .unreadableData(path: folder.path, reason: "it has a folder train, but no folder test beside it")
    }
    let train = try Part(folder.path("train"))
    let test = try Part(testPath)
    let classNames = try train.classNames(folder)
    if let most = test.labels.max(), most >= classNames.count {
      throw .unreadableData(
        path: testPath + "/labels.npy",
        reason: "label \(most) is out of range: the training labels go up to \(classNames.count - 1)")
    }
    return try TrainingData(
      train: train.set("\(folder.name) (train)", classNames: classNames),
      test: test.set("\(folder.name) (test)", classNames: classNames))
  }

  private struct Part {
    let labelsPath: String
    let inputs: NPY.Contents
    let labels: [UInt16]
    let sampleShape: Shape

    init(_ path: String) throws(LearningError) {
      let inputsPath = path + "/inputs.npy"
      labelsPath = path + "/labels.npy"
      inputs = try Arrays.contents(inputsPath)
      let shape = inputs.shape
      guard (2...4).contains(shape.rank), shape.elementCount > 0 else {
        throw .unreadableData(
          path: inputsPath, reason: "its shape is \(shape): expected [N, n], [N, H, W] or [N, C, H, W]")
      }
      if shape.rank == 4, shape[1] != 1, shape[1] != 3, shape[3] == 1 || shape[3] == 3 {
        throw .unreadableData(
          path: inputsPath,
          reason: "its shape is \(shape): channels come before height and width; transpose (0, 3, 1, 2)")
      }
      sampleShape = Shape([1] + (shape.rank == 3 ? [1] : []) + shape.dimensions[1...])
      labels = try Arrays.labels(labelsPath)
      guard labels.count == shape[0] else {
        throw .unreadableData(
          path: labelsPath, reason: "it holds \(labels.count) labels, but \(inputsPath) \(shape[0]) samples")
      }
    }

    /// From `classes.txt`, or the numbers up to the largest label.
    func classNames(_ folder: Folder) throws(LearningError) -> [String] {
      let most = Int(labels.max() ?? 0)
      guard let listed = try folder.classNames(["classes.txt"]) else { return (0...most).map(String.init) }
      guard most < listed.count else {
        throw .unreadableData(
          path: labelsPath, reason: "label \(most) is out of range: \(listed.count) classes are named")
      }
      return listed
    }

    func set(_ name: String, classNames: [String]) -> any DataSet {
      switch inputs {
      case .bytes(let bytes, _):
        PictureSet(name: name, sampleShape: sampleShape, classNames: classNames, bytes: bytes, labels: labels)
      case .numbers(let numbers):
        NumberSet(name: name, sampleShape: sampleShape, classNames: classNames, numbers: numbers, labels: labels)
      }
    }
  }

  private static func contents(_ path: String) throws(LearningError) -> NPY.Contents {
    do throws(PictureError) { return try NPY.contents(of: path) } catch { throw LearningError(error, path: path) }
  }

  private static func labels(_ path: String) throws(LearningError) -> [UInt16] {
    let contents = try contents(path)
    guard contents.shape.dimensions.dropFirst().allSatisfy({ $0 == 1 }), contents.shape.rank >= 1 else {
      throw .unreadableData(path: path, reason: "its shape is \(contents.shape): expected one label a sample")
    }
    switch contents {
    case .bytes(let bytes, _): return bytes.map(UInt16.init)
    case .numbers(let numbers):
      var labels: [UInt16] = []
      labels.reserveCapacity(numbers.shape.elementCount)
      let wrong = numbers.withUnsafeBufferPointer { numbers in
        numbers.first { number in
          guard let label = UInt16(exactly: number), label < maximumClasses else { return true }
          labels.append(label)
          return false
        }
      }
      if let wrong {
        throw .unreadableData(
          path: path, reason: "label \(wrong) of sample \(labels.count) is out of range: whole numbers from 0 on")
      }
      return labels
    }
  }
}
