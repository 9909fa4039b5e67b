public import Tensors

/// Samples with labels, to train on or to test with. Any sample can be asked for, in any order, from any thread, and is
/// the same each time.
public protocol DataSet: Sendable {
  /// What reports call it.
  var name: String { get }
  /// The shape of one sample: `[1, C, H, W]` for pictures (C is 1 for grey, 3 for red, green and blue), `[1, n]` for
  /// plain numbers.
  var sampleShape: Shape { get }
  /// The classes in plain words; label k means the k-th.
  var classNames: [String] { get }
  /// The number of samples.
  var count: Int { get }

  /// Writes the numbers of sample `index` (0 ..< `count`), row-major, into `numbers`, which holds just as many, and
  /// returns its label. A picture's numbers lie in 0...1.
  func read(_ index: Int, into numbers: UnsafeMutableBufferPointer<Float>) throws(LearningError) -> Int
}

/// One sample of a data set.
public struct Sample: Equatable, Sendable {
  /// Row-major: for pictures plane by plane.
  public var numbers: [Float]
  public var label: Int

  public init(numbers: [Float], label: Int) {
    self.numbers = numbers
    self.label = label
  }
}

extension DataSet {
  /// Sample `index` on its own.
  public func sample(_ index: Int) throws(LearningError) -> Sample {
    var numbers = [Float](repeating: 0, count: sampleShape.elementCount)
    let label = try numbers.withUnsafeMutableBufferPointer { (target) throws(LearningError) in
      try read(index, into: target)
    }
    return Sample(numbers: numbers, label: label)
  }

  /// The extents of a picture; nil where the samples are plain numbers.
  public var pictureExtents: (channels: Int, height: Int, width: Int)? {
    sampleShape.rank == 4 ? (sampleShape[1], sampleShape[2], sampleShape[3]) : nil
  }
}

/// What a network learns from, and what shows how well it did.
public struct TrainingData: Sendable {
  public let train: any DataSet
  public let test: any DataSet

  /// Both must agree on shape and classes.
  public init(train: any DataSet, test: any DataSet) throws(LearningError) {
    guard train.sampleShape == test.sampleShape else {
      throw .mismatch(
        "the samples of \(train.name) are \(train.sampleShape), those of \(test.name) \(test.sampleShape)")
    }
    guard train.classNames == test.classNames else {
      throw .mismatch("\(train.name) and \(test.name) have different classes")
    }
    guard train.count > 0, test.count > 0 else {
      throw .mismatch("\(train.count > 0 ? test.name : train.name) holds no sample")
    }
    self.train = train
    self.test = test
  }
}
