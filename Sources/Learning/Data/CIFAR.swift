import Tensors

/// CIFAR-10 and CIFAR-100 in their binary versions (Krizhevsky, "Learning multiple layers of features from tiny images",
/// 2009): records of one or two labels and 3 x 32 x 32 bytes, plane by plane.
enum CIFAR {
  private static let pixels = 3 * 32 * 32

  /// The kind of set that lies in `folder`, if any.
  static func kind(of folder: Folder) -> Kind? {
    if !tenTrainingFiles(folder).isEmpty || folder.names.contains("test_batch.bin") { return .ten }
    return folder.names.contains("train.bin") || folder.names.contains("test.bin") ? .hundred : nil
  }

  enum Kind {
    case ten, hundred

    var classes: Int { self == .ten ? 10 : 100 }
    /// CIFAR-100's records begin with the label of a coarser sorting, which is not used.
    var labels: Int { self == .ten ? 1 : 2 }
  }

  static func open(_ folder: Folder, kind: Kind, options: DataOptions) throws(LearningError) -> TrainingData {
    let trainingFiles = kind == .ten ? tenTrainingFiles(folder) : ["train.bin"]
    let testFile = kind == .ten ? "test_batch.bin" : "test.bin"
    for name in trainingFiles + [testFile] where !folder.names.contains(name) {
      throw .unreadableData(path: folder.path, reason: "it lacks \(name)")
    }
    guard !trainingFiles.isEmpty else {
      throw .unreadableData(path: folder.path, reason: "it lacks data_batch_1.bin")
    }
    let listed = try folder.classNames(kind == .ten ? ["batches.meta.txt"] : ["fine_label_names.txt"])
    let classNames = listed?.count == kind.classes ? listed! : names(kind)
    func set(_ files: [String], _ part: String) throws(LearningError) -> PictureSet {
      var bytes: [UInt8] = []
      var labels: [UInt16] = []
      for name in files {
        try read(folder.path(name), kind: kind, limit: options.maximumBytes - bytes.count, to: &bytes, &labels)
      }
      return PictureSet(
        name: "\(folder.name) (\(part))", sampleShape: [1, 3, 32, 32], classNames: classNames, bytes: bytes,
        labels: labels)
    }
    return try TrainingData(train: set(trainingFiles, "train"), test: set([testFile], "test"))
  }

  private static func tenTrainingFiles(_ folder: Folder) -> [String] {
    folder.names.filter { $0.hasPrefix("data_batch_") && $0.hasSuffix(".bin") }
  }

  private static func names(_ kind: Kind) -> [String] {
    guard kind == .ten else { return (0..<kind.classes).map(String.init) }
    return ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
  }

  private static func read(
    _ path: String, kind: Kind, limit: Int, to bytes: inout [UInt8], _ labels: inout [UInt16]
  ) throws(LearningError) {
    let file = try PackedFile(path)
    let record = kind.labels + pixels
    guard file.size > 0, file.size % record == 0 else {
      throw file.failure(
        "its \(file.size) bytes are no multiple of \(record) (\(kind.labels) of labels, 32x32x3 of picture); "
          + "fetch the binary version again")
    }
    try file.expect(file.size, limit: limit)
    let records = try file.read(file.size)
    try file.expectEnd()
    bytes.reserveCapacity(bytes.count + records.count)
    for first in stride(from: 0, to: records.count, by: record) {
      let label = records[first + kind.labels - 1]
      guard label < kind.classes else {
        throw file.failure("label \(label) of picture \(first / record) is out of range: 0 to \(kind.classes - 1)")
      }
      labels.append(UInt16(label))
      bytes += records[first + kind.labels..<first + record]
    }
  }
}
