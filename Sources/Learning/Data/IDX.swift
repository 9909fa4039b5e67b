import Tensors

/// The files of MNIST and its kin (LeCun, "The MNIST database"): unsigned bytes behind a header of big-endian numbers,
/// plain or packed by gzip.
enum IDX {
  /// The file names, each also with `.gz` behind it, and with a dot where some copies have one.
  static func names(_ set: String, _ kind: String, axes: Int) -> [String] {
    ["\(set)-\(kind)-idx\(axes)-ubyte", "\(set)-\(kind).idx\(axes)-ubyte"].flatMap { [$0 + ".gz", $0] }
  }

  /// Whether one of the files lies in `folder`.
  static func isIn(_ folder: Folder) -> Bool {
    folder.first(["train", "t10k"].flatMap { names($0, "images", axes: 3) + names($0, "labels", axes: 1) }) != nil
  }

  static func open(_ folder: Folder, options: DataOptions) throws(LearningError) -> TrainingData {
    let train = try Half(folder, "train", limit: options.maximumBytes)
    let test = try Half(folder, "t10k", limit: options.maximumBytes)
    let listed = try folder.classNames(["classes.txt"])
    let most = max(train.labels.max() ?? 0, test.labels.max() ?? 0)
    let classNames = listed ?? names(of: folder, count: Int(train.labels.max() ?? 0) + 1)
    guard most < classNames.count else {
      let path = train.labels.contains { $0 >= classNames.count } ? train.labelsPath : test.labelsPath
      throw .unreadableData(
        path: path,
        reason: "label \(most) is out of range: "
          + (listed == nil ? "the training labels go up to \(classNames.count - 1)" : "\(classNames.count) are named"))
    }
    return try TrainingData(
      train: train.set(folder, "train", classNames: classNames),
      test: test.set(folder, "test", classNames: classNames))
  }

  /// Fashion-MNIST has the same files as MNIST: only the folder's name tells them apart.
  private static func names(of folder: Folder, count: Int) -> [String] {
    let own = [
      "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ]
    if count == own.count, folder.path.lowercased().contains("fashion") { return own }
    return (0..<count).map(String.init)
  }

  /// Pictures and labels that belong together.
  private struct Half {
    let labelsPath: String
    let pictures: (shape: [Int], bytes: [UInt8])
    let labels: [UInt8]

    init(_ folder: Folder, _ set: String, limit: Int) throws(LearningError) {
      func find(_ kind: String, axes: Int) throws(LearningError) -> String {
        let names = IDX.names(set, kind, axes: axes)
        if let path = folder.first(names) { return path }
        throw .unreadableData(path: folder.path, reason: "it lacks \(names[0]) (or \(names[1]))")
      }
      let picturesPath = try find("images", axes: 3)
      labelsPath = try find("labels", axes: 1)
      pictures = try IDX.read(picturesPath, axes: 3, limit: limit)
      labels = try IDX.read(labelsPath, axes: 1, limit: limit).bytes
      guard pictures.shape[0] == labels.count else {
        throw .unreadableData(
          path: labelsPath,
          reason: "it holds \(labels.count) labels, but \(picturesPath) \(pictures.shape[0]) pictures")
      }
    }

    func set(_ folder: Folder, _ part: String, classNames: [String]) -> PictureSet {
      PictureSet(
        name: "\(folder.name) (\(part))", sampleShape: [1, 1, pictures.shape[1], pictures.shape[2]],
        classNames: classNames, bytes: pictures.bytes, labels: labels.map(UInt16.init))
    }
  }

  /// The extents and bytes of the file at `path`, which must have `axes` axes.
  static func read(_ path: String, axes: Int, limit: Int) throws(LearningError) -> (shape: [Int], bytes: [UInt8]) {
    let file = try PackedFile(path)
    let magic = try file.read(4)
    guard magic[0] == 0, magic[1] == 0, magic[2] == 8, Int(magic[3]) == axes else {
      let found = magic.map { String($0, radix: 16) }.joined(separator: " ")
      throw file.failure("it begins with \(found) instead of 0 0 8 \(axes) (unsigned bytes, \(axes) axes)")
    }
    let header = try file.read(4 * axes)
    let shape = (0..<axes).map { axis in header[axis * 4..<axis * 4 + 4].reduce(0) { $0 << 8 | Int($1) } }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, extent > 0 else {
        throw file.failure("its header promises \(shape.map(String.init).joined(separator: "x")) bytes")
      }
      count = product
    }
    try file.expect(count, limit: limit)
    let bytes = try file.read(count)
    try file.expectEnd()
    return (shape, bytes)
  }
}
