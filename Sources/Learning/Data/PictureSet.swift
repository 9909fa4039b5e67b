public import Tensors

/// Samples in memory, one byte a number: byte b stands for b / 255.
public struct PictureSet: DataSet {
  public let name: String
  public let sampleShape: Shape
  public let classNames: [String]
  /// All samples one after the other, pictures plane by plane (N x C x H x W).
  public let bytes: [UInt8]
  public let labels: [UInt16]

  /// The labels must be below the number of classes, and the bytes fill the samples.
  init(name: String, sampleShape: Shape, classNames: [String], bytes: [UInt8], labels: [UInt16]) {
    self.sampleShape = sampleShape
    precondition(bytes.count == labels.count * sampleShape.elementCount)
    precondition(labels.allSatisfy { $0 < classNames.count })
    self.name = name
    self.classNames = classNames
    self.bytes = bytes
    self.labels = labels
  }

  public var count: Int { labels.count }

  public func read(_ index: Int, into numbers: UnsafeMutableBufferPointer<Float>) -> Int {
    let first = index * numbers.count
    bytes.withUnsafeBufferPointer { bytes in
      let source = UnsafeBufferPointer(rebasing: bytes[first..<first + numbers.count])
      for position in numbers.indices { numbers[position] = Float(source[position]) / 255 }
    }
    return Int(labels[index])
  }
}
