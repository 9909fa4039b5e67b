public import Tensors

/// Pictures of one size in memory, one byte a number.
public struct PictureSet: DataSet {
  public let name: String
  public let sampleShape: Shape
  public let classNames: [String]
  /// All pictures, plane by plane (N x C x H x W).
  public let bytes: [UInt8]
  public let labels: [UInt16]

  /// The labels must be below the number of classes, and the bytes fill the pictures.
  init(name: String, channels: Int, height: Int, width: Int, classNames: [String], bytes: [UInt8], labels: [UInt16]) {
    sampleShape = [1, channels, height, width]
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
