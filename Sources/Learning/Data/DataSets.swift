import Tensors

/// How a data set is opened.
public struct DataOptions: Hashable, Sendable {
  /// Decides which samples are kept for testing where the files do not say, and what the procedural set shows.
  public var seed: UInt64 = 1
  /// The share of each class that is kept for testing where the files do not say.
  public var testShare = 0.1
  /// The side to which pictures in class folders are brought (the shorter side scaled, the middle cut out); without it
  /// they must be of one size.
  public var pictureSide: Int?
  /// Pictures of the procedural set.
  public var trainCount = 50_000
  public var testCount = 10_000
  /// What one part of a data set may hold in memory.
  public var maximumBytes = 8 << 30
  /// Threads that decode or draw pictures.
  public var threads = Processors.threads

  public init() {}
}

/// The one door to all data sets.
public enum DataSets {
  /// The name of the data set that needs no files.
  public static let procedural = "procedural"

  /// Opens the data set that `source` names: `procedural` is the drawn one (`ProceduralPictures`), anything else a folder
  /// whose kind is told by what lies in it.
  ///
  /// - IDX (MNIST, Fashion-MNIST): `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and both as `t10k`, plain or
  ///   `.gz`.
  /// - CIFAR-10, binary version: `data_batch_1.bin` and so on, `test_batch.bin`; CIFAR-100: `train.bin`, `test.bin` (the
  ///   fine labels).
  /// - NumPy: `inputs.npy` of [N, n], [N, H, W] or [N, C, H, W] (bytes, which become 0...1, or numbers, which stay as
  ///   they are) and `labels.npy`, in `train` and `test` or in the folder itself.
  /// - Pictures (JPEG, PNG, PPM, PGM): `train/CLASS/*` and `test/CLASS/*`, or `CLASS/*`.
  ///
  /// Without a test part, a share of each class is kept for testing (`DataOptions.testShare`). `classes.txt`, one class
  /// a line, names the classes of IDX and NumPy files.
  public static func open(
    _ source: String, options: DataOptions = DataOptions()
  ) throws(LearningError) -> TrainingData {
    if let side = options.pictureSide, !(1...2048).contains(side) {
      throw .mismatch("pictures can have sides of 1 to 2048 pixels, not \(side)")
    }
    if source == procedural { return try ProceduralPictures.open(options) }
    let folder = try Folder(source)
    if IDX.isIn(folder) { return try IDX.open(folder, options: options) }
    if let kind = CIFAR.kind(of: folder) { return try CIFAR.open(folder, kind: kind, options: options) }
    if Arrays.isIn(folder) { return try Arrays.open(folder, options: options) }
    if !folder.folders.isEmpty { return try PictureFolders.open(folder, options: options) }
    throw .unreadableData(
      path: source,
      reason: "it holds no data set: looked for train-images-idx3-ubyte[.gz], data_batch_1.bin, train.bin, inputs.npy, "
        + "and folders of pictures (train/CLASS and test/CLASS, or CLASS); the name 'procedural' needs no files")
  }
}
