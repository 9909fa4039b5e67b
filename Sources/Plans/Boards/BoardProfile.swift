/// What one board can do, as `edgemesh bench --profile` measures it and the cost model reckons with it.
public struct BoardProfile: Sendable, Hashable {
  public static let formatVersion = 1

  /// The instruction set that the figures are of, and the channels in a block of its maps.
  public var instructionSet: String
  public var block: Int
  /// Threads that computed.
  public var threads: Int
  /// Independent multiply-adds on numbers in registers, each counted as two.
  public var peakOperationsPerSecond: Int
  /// How fast a buffer is read, ascending by its size: the caches show in it.
  public var reading: [ReadingRate]
  /// How much of the time that it takes to bring weights from where they lie adds to a convolution's own, in
  /// thousandths: the rest passes while it computes.
  public var exposedWeightsPerMille: Int
  /// What a step takes that has next to nothing to do.
  public var stepNanoseconds: Int
  public var curves: [CostCurve]
  /// The same work with other numbers of threads, ascending by these.
  public var scaling: [ThreadScaling]
  public var links: [LinkFigures]

  public init(
    instructionSet: String, block: Int, threads: Int, peakOperationsPerSecond: Int, reading: [ReadingRate],
    exposedWeightsPerMille: Int, stepNanoseconds: Int, curves: [CostCurve], scaling: [ThreadScaling],
    links: [LinkFigures]
  ) {
    self.instructionSet = instructionSet
    self.block = block
    self.threads = threads
    self.peakOperationsPerSecond = peakOperationsPerSecond
    self.reading = reading
    self.exposedWeightsPerMille = exposedWeightsPerMille
    self.stepNanoseconds = stepNanoseconds
    self.curves = curves
    self.scaling = scaling
    self.links = links
  }

  public struct ReadingRate: Sendable, Hashable {
    public var bytes: Int
    public var bytesPerSecond: Int

    public init(bytes: Int, bytesPerSecond: Int) {
      self.bytes = bytes
      self.bytesPerSecond = bytesPerSecond
    }
  }

  public struct ThreadScaling: Sendable, Hashable {
    public var threads: Int
    public var nanoseconds: Int

    public init(threads: Int, nanoseconds: Int) {
      self.threads = threads
      self.nanoseconds = nanoseconds
    }
  }

  /// What lies between the board and another agent.
  public struct LinkFigures: Sendable, Hashable {
    /// As it was named.
    public var peer: String
    /// The shortest and the middle time from a small question to its small answer.
    public var leastRoundTripNanoseconds: Int
    public var medianRoundTripNanoseconds: Int

    public init(peer: String, leastRoundTripNanoseconds: Int, medianRoundTripNanoseconds: Int) {
      self.peer = peer
      self.leastRoundTripNanoseconds = leastRoundTripNanoseconds
      self.medianRoundTripNanoseconds = medianRoundTripNanoseconds
    }
  }
}

/// How fast a board does one kind of work, by how much there is of it.
public struct CostCurve: Sendable, Hashable {
  /// The pixels of a map that count for 3 x 3 windows at stride 1, of all channels: whole tiles of 4 x 4, for these are
  /// what Winograd's filtering computes.
  public static func tiledPixels(height: Int, width: Int) -> Int { (height + 3) / 4 * 4 * ((width + 3) / 4 * 4) }

  /// What is done, and along which axes it was measured. A rate counts, in a second,
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// operations (two a multiply-accumulate); by channels, rows and pixels of the output.
    case convolution
    /// operations; by channels and pixels of the output.
    case depthwise
    /// bytes of weights of a layer on one vector; by inputs and outputs.
    case linear
    /// elements that the windows cover; by elements of the output.
    case pool
    /// bytes in and out; by these. A cheap function of each number.
    case unary
    /// bytes in and out; by these. Two maps to one.
    case binary
    /// bytes in and out; by these. A costly function of each number.
    case function
    /// bytes in and out; by these. What needs a mean of many numbers first.
    case normalization
    /// bytes in and out; by these.
    case softmax
    /// bytes in and out; by these. A map's pixels to one.
    case globalPool
    /// bytes in and out; by these. What only moves numbers.
    case moving

    public var axisCount: Int {
      switch self {
      case .convolution: 3
      case .depthwise, .linear: 2
      default: 1
      }
    }
  }

  public var kind: Kind
  /// The window's side and its stride; 1 where there is no window.
  public var kernel: Int
  public var stride: Int
  /// Where it was measured along each axis, ascending.
  public var axes: [[Int]]
  /// Row-major over the axes, each at least 1.
  public var rates: [Int]

  public init(kind: Kind, kernel: Int = 1, stride: Int = 1, axes: [[Int]], rates: [Int]) {
    self.kind = kind
    self.kernel = kernel
    self.stride = stride
    self.axes = axes
    self.rates = rates
  }
}
