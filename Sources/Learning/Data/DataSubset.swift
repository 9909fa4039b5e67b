public import Tensors

/// Some samples of another data set, in an order of their own.
public struct DataSubset: DataSet {
  public let name: String
  private let whole: any DataSet
  private let indices: [Int]

  /// The samples of `whole` at `indices`.
  public init(_ whole: any DataSet, indices: [Int], name: String? = nil) {
    precondition(indices.allSatisfy { (0..<whole.count).contains($0) })
    self.whole = whole
    self.indices = indices
    self.name = name ?? whole.name
  }

  /// At most `count` samples of `whole`, drawn by `seed`.
  public init(_ whole: any DataSet, drawing count: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed, Purpose.drawing)
    self.init(whole, indices: Array(random.permutation(whole.count).prefix(count)))
  }

  public var sampleShape: Shape { whole.sampleShape }
  public var classNames: [String] { whole.classNames }
  public var count: Int { indices.count }

  public func read(_ index: Int, into numbers: UnsafeMutableBufferPointer<Float>) throws(LearningError) -> Int {
    try whole.read(indices[index], into: numbers)
  }
}

/// What random numbers are drawn for, so that no two uses of a seed share their draws.
enum Purpose {
  static let order = 1
  static let augmentation = 2
  static let drawing = 3
  static let splitting = 4
  static let mixing = 5
  static let procedural = 6
  static let dropout = 7
}
