import Networks
import Tensors

/// A network run again and again on this machine alone, and what that says.
struct Benchmark {
  /// Where the time went between the program's start and the first answer, in seconds.
  struct Load {
    /// The file read, the network checked and simplified.
    var read: Double
    /// Weights packed, steps planned.
    var prepare: Double
    /// The first run, which touches every page for the first time.
    var firstRun: Double
    var total: Double
  }

  /// One step of the network: a node, or several that are computed as one.
  struct Step {
    var nodes: [NodeProfile]
    /// Seconds, of many runs.
    var median: Double
    /// A quarter of the runs took less: what it takes where nothing disturbs it.
    var lowerQuartile: Double
    /// Multiply-accumulates count as two operations, whatever algorithm saves some of them.
    var operations: Double
    /// Weights, what goes in and what comes out, each counted once.
    var bytes: Double
  }

  let name: String
  let instructionSet: InstructionSet
  /// How the weights of convolutions and linear layers are stored.
  let weightType: WeightType
  let threads: Int
  let load: Load
  /// Seconds a run.
  let runs: SampleStatistics
  let steps: [Step]
  /// Floating-point operations of one run.
  let operations: Double
  let weightBytes: Int
  let activationBytes: Int
  /// The process's peak with the network run, before anything else was measured; nil where the system does not say.
  let peakResidentBytes: Int?
  /// Processors that others kept busy during the runs; nil where the system does not say.
  let othersProcessors: Double?
  let limits: MachineLimits

  /// Floating-point operations a second, of the median run.
  var rate: Double { operations / runs.median }
  /// What the machine could do at most of them.
  var shareOfPeak: Double { rate / limits.floatingPointRate }
}

extension Benchmark {
  /// Runs before those that are measured take this share of the time, and as much again the runs that time each step.
  private static let sideShare = 0.2
  private static let leastRuns = 10

  /// Reads, prepares and runs the network that `read` gives for `seconds`; `began` is when the program did.
  init(
    threads: Int, seconds: Double, weights type: WeightType = .float32, timingSteps: Bool,
    began: ContinuousClock.Instant = .now, reading read: () throws -> Network
  ) throws {
    func elapsed(since instant: ContinuousClock.Instant) -> Double { (ContinuousClock.now - instant) / .seconds(1) }

    let network = try read()
    let readSeconds = elapsed(since: began)
    name = network.name
    let profile = try network.profile()
    let inputs = RandomInput.make(for: network.inputs)
    let preparation = ContinuousClock.now
    let prepared = try PreparedNetwork(consume network, weights: type)
    let prepareSeconds = elapsed(since: preparation)
    let arena = Arena(threads: threads)
    let first = ContinuousClock.now
    _ = try prepared.run(inputs, in: arena)
    load = Load(
      read: readSeconds, prepare: prepareSeconds, firstRun: elapsed(since: first), total: elapsed(since: began))

    func samples(seconds: Double, atLeast least: Int, of body: () throws -> Void) rethrows -> [Double] {
      var samples: [Double] = []
      let start = ContinuousClock.now
      while samples.count < least || (elapsed(since: start) < seconds && samples.count < 1 << 20) {
        let begin = ContinuousClock.now
        try body()
        samples.append(elapsed(since: begin))
      }
      return samples
    }
    _ = try samples(seconds: seconds * Self.sideShare, atLeast: 1) { _ = try prepared.run(inputs, in: arena) }
    let watch = OthersWatch()
    runs = SampleStatistics(
      try samples(seconds: seconds, atLeast: Self.leastRuns) { _ = try prepared.run(inputs, in: arena) })
    othersProcessors = watch.othersProcessors
    peakResidentBytes = ProcessFigures.peakResidentBytes

    var times: [[Double]] = []
    if timingSteps {
      _ = try samples(seconds: seconds * Self.sideShare, atLeast: 3) {
        times.append(try prepared.stepTimes(inputs, in: arena))
      }
    }
    let byName = Dictionary(profile.map { ($0.name, $0) }) { first, _ in first }
    steps = prepared.stepNodes.enumerated().map { index, names in
      let samples = SampleStatistics(times.map { $0[index] })
      let nodes = names.compactMap { byName[$0] }
      // What is done for the same nodes before they are computed brings an operand into their layout.
      let isLayout = index + 1 < prepared.stepNodes.count && prepared.stepNodes[index + 1] == names
      return Step(nodes: isLayout ? nodes.prefix(1).map(\.asLayout) : nodes, weights: type, samples: samples)
    }
    operations = 2 * profile.reduce(0) { $0 + Double($1.multiplyAccumulates) }
    weightBytes = prepared.weightBytes
    activationBytes = prepared.peakActivationBytes
    instructionSet = .current
    weightType = type
    self.threads = threads
    limits = try MachineLimits(threads: threads)
  }
}

extension Benchmark.Step {
  init(nodes: [NodeProfile], weights type: WeightType, samples: SampleStatistics) {
    self.nodes = nodes
    median = samples.median
    lowerQuartile = samples.quantile(0.25)
    operations = 2 * nodes.reduce(0) { $0 + Double($1.multiplyAccumulates) }
    // What one node gives the next inside a step is written nowhere.
    let between = nodes.dropLast().reduce(0) { $0 + $1.outputShape.elementCount }
    let parameters = nodes.reduce(0.0) {
      $0 + Double($1.parameters * ($1.multiplyAccumulates > 0 ? type : .float32).byteCount)
    }
    let taken = Swift.max(nodes.reduce(0) { $0 + $1.inputElements } - between, 0)
    bytes = parameters + 4 * Double(taken + (nodes.last?.outputShape.elementCount ?? 0))
  }

  /// What it cannot take less time than, in seconds.
  func floor(_ limits: MachineLimits) -> (compute: Double, memory: Double) {
    (operations / limits.floatingPointRate, bytes / limits.readingRate)
  }
}

extension NodeProfile {
  /// The conversion of its input.
  fileprivate var asLayout: NodeProfile {
    let input = (inputShapes.first ?? nil) ?? []
    return NodeProfile(
      name: name, operatorType: "layout", inputShapes: [input], inputElements: input.elementCount, outputShape: input,
      parameters: 0, multiplyAccumulates: 0)
  }
}
