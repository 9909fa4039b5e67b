public import Tensors

/// Ten classes of colour pictures of 32x32, drawn rather than stored: a disc, ring, triangle, square, cross, star,
/// crescent, heart, arrow or hourglass of varying size, place, tilt and colour in a cluttered, noisy scene that hides
/// parts of it (`ShapeScene` lists what varies and how much).
///
/// Each picture depends on seed, part and index alone, and is the same to the last bit on every machine. Every ten
/// pictures in a row show each class once, in random order.
///
/// A linear classifier learns next to nothing of 40,000 pictures: 12 % of 10,000 fresh ones, where guessing gets 10 %. A
/// residual network of 175,000 parameters, whose first convolution halves the picture, gets 95.5 % right after seven
/// epochs of them, and errs mostly where a person would not.
public struct ProceduralPictures: DataSet {
  /// Which pictures of a seed: no two parts share any.
  public enum Part: Int, Sendable {
    case train, test
    /// For showing: pictures that nobody trained on or chose by.
    case show
  }

  public let count: Int
  private let seed: UInt64
  private let part: Part

  /// The first `count` pictures of that part.
  public init(seed: UInt64, part: Part, count: Int) {
    precondition(count >= 0)
    self.seed = seed
    self.part = part
    self.count = count
  }

  public var name: String { "procedural (\(part))" }
  public let sampleShape: Shape = [1, 3, ShapeCanvas.side, ShapeCanvas.side]
  public let classNames = ShapeOutline.allCases.map { String(describing: $0) }

  /// What picture `index` shows.
  public func label(_ index: Int) -> Int {
    let classes = ShapeOutline.allCases.count
    var random = SeededRandom(seed: seed, Purpose.procedural, part.rawValue, 0, index / classes)
    return random.permutation(classes)[index % classes]
  }

  /// Draws picture `index` into `bytes`, its red, green and blue plane, and returns its label.
  @discardableResult
  public func draw(_ index: Int, into bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
    precondition(bytes.count == 3 * ShapeCanvas.pixels)
    let label = label(index)
    var random = SeededRandom(seed: seed, Purpose.procedural, part.rawValue, 1, index)
    ShapeScene.draw(ShapeOutline.allCases[label], random: &random, into: bytes)
    return label
  }

  public func read(_ index: Int, into numbers: UnsafeMutableBufferPointer<Float>) -> Int {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * ShapeCanvas.pixels) { bytes in
      let label = draw(index, into: bytes)
      for position in numbers.indices { numbers[position] = Float(bytes[position]) / 255 }
      return label
    }
  }

  /// All of them, drawn by `threads` threads and kept.
  public func drawn(threads: Int = Processors.threads) throws(LearningError) -> PictureSet {
    let length = 3 * ShapeCanvas.pixels
    let portion = 256
    var failure: LearningError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count * length) { target, initialized in
      let planes = Planes(bytes: target)
      do throws(LearningError) {
        try Parallel.forEach((count + portion - 1) / portion, threads: threads) { part in
          for index in part * portion..<min(count, (part + 1) * portion) {
            draw(index, into: UnsafeMutableBufferPointer(rebasing: planes.bytes[index * length..<(index + 1) * length]))
          }
        }
      } catch {
        failure = error
      }
      initialized = count * length
    }
    if let failure { throw failure }
    let labels = (0..<count).map { UInt16(label($0)) }
    return PictureSet(name: name, sampleShape: sampleShape, classNames: classNames, bytes: bytes, labels: labels)
  }

  /// Where threads draw: each picture has a place of its own.
  private struct Planes: @unchecked Sendable {
    let bytes: UnsafeMutableBufferPointer<UInt8>
  }

  /// The set as `DataSets.open` gives it: kept in memory, its parts as large as `options` say.
  static func open(_ options: DataOptions) throws(LearningError) -> TrainingData {
    let most = options.maximumBytes / (3 * ShapeCanvas.pixels)
    guard (1...most).contains(options.trainCount), (1...most).contains(options.testCount) else {
      throw .mismatch(
        "\(options.trainCount) pictures to train on and \(options.testCount) to test with cannot be drawn: name 1 to "
          + "\(most)")
    }
    return try TrainingData(
      train: ProceduralPictures(seed: options.seed, part: .train, count: options.trainCount)
        .drawn(threads: options.threads),
      test: ProceduralPictures(seed: options.seed, part: .test, count: options.testCount)
        .drawn(threads: options.threads))
  }
}
