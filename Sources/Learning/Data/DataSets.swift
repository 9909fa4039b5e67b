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
  /// Opens the data set at `source`: a folder, whose kind is told by what lies in it.
  ///
  /// - IDX (MNIST, Fashion-MNIST): `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and both as `t10k`, plain or
  ///   `.gz`; names of the classes in `classes.txt`, if any.
  public static func open(
    _ source: String, options: DataOptions = DataOptions()
  ) throws(LearningError) -> TrainingData {
    let folder = try Folder(source)
    if IDX.isIn(folder) { return try IDX.open(folder, options: options) }
    throw .unreadableData(path: source, reason: "it holds no data set: looked for train-images-idx3-ubyte[.gz]")
  }
}
