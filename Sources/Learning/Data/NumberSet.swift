public import Tensors

/// Samples of any numbers in memory.
public struct NumberSet: DataSet {
  public let name: String
  public let sampleShape: Shape
  public let classNames: [String]
  /// All samples one after the other (N x the sample's shape).
  private let numbers: Tensor
  private let labels: [UInt16]

  /// The labels must be below the number of classes, and the numbers fill the samples.
  init(name: String, sampleShape: Shape, classNames: [String], numbers: Tensor, labels: [UInt16]) {
    precondition(numbers.shape.elementCount == labels.count * sampleShape.elementCount)
    precondition(labels.allSatisfy { $0 < classNames.count })
    self.name = name
    self.sampleShape = sampleShape
    self.classNames = classNames
    self.numbers = numbers
    self.labels = labels
  }

  public var count: Int { labels.count }

  public func read(_ index: Int, into target: UnsafeMutableBufferPointer<Float>) throws(LearningError) -> Int {
    let first = index * target.count
    let isFinite = numbers.withUnsafeBufferPointer { source in
      var isFinite = true
      for position in target.indices {
        target[position] = source[first + position]
        isFinite = isFinite && target[position].isFinite
      }
      return isFinite
    }
    guard isFinite else {
      throw .unreadableData(path: name, reason: "sample \(index) holds a number that is not finite")
    }
    return Int(labels[index])
  }
}
