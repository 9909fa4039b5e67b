import Glibc
public import Networks
import Tensors

/// Trains a network on a data set, step by step, so that it can be stopped and taken up again with the same result.
///
/// It belongs to the thread that runs it (it is not `Sendable`).
public final class Trainer {
  public let network: Network
  public let data: TrainingData
  public let recipe: Recipe
  public let seed: UInt64
  public let run: TrainingRun
  /// Steps of an epoch.
  public let stepsPerEpoch: Int
  public private(set) var state = State()
  private let loss: Loss

  /// How far a run has come.
  public struct State: Hashable, Sendable {
    /// Steps done, of all epochs.
    public var step = 0
    /// Of the present epoch: the sum of the samples' losses, how many were classified rightly, and how many there were.
    public var lossSum = 0.0
    public var right = 0
    public var seen = 0
    /// Time spent in steps, in all and in the present epoch.
    public var seconds = 0.0
    public var epochSeconds = 0.0
    public var curve = TrainingCurve()

    public init() {}
  }

  /// What happened; the answer says whether to go on.
  public enum Event {
    case step
    case epoch(TrainingCurve.Row)
  }

  /// - Parameter memoryLimit: bytes that a step may take; above, activations are computed twice (`TrainingRun`).
  public init(
    _ network: Network, on data: TrainingData, recipe: Recipe, seed: UInt64, threads: Int, memoryLimit: Int = .max
  ) throws {
    try recipe.check()
    self.network = network
    self.data = data
    self.recipe = recipe
    self.seed = seed
    let head = try ClassifierHead(network)
    guard network.inputs[0].shape.elementCount == data.train.sampleShape.elementCount else {
      throw LearningError.mismatch(
        "network '\(network.name)' takes \(network.inputs[0].shape), the samples of \(data.train.name) are "
          + "\(data.train.sampleShape)")
    }
    guard head.classCount == data.train.classNames.count else {
      throw LearningError.mismatch(
        "network '\(network.name)' tells \(head.classCount) classes apart, \(data.train.name) has "
          + "\(data.train.classNames.count)")
    }
    guard data.train.count >= recipe.batchSize else {
      throw LearningError.mismatch(
        "a batch of \(recipe.batchSize) cannot be filled: \(data.train.name) holds \(data.train.count) samples; "
          + "take a smaller batch")
    }
    run = try TrainingRun(
      network, samples: recipe.batchSize, threads: threads, observed: [head.logits], memoryLimit: memoryLimit)
    stepsPerEpoch = data.train.count / recipe.batchSize
    loss = .crossEntropy(smoothing: recipe.smoothing)
  }

  /// Steps of the whole run.
  public var stepCount: Int { stepsPerEpoch * recipe.epochs }
  public var isFinished: Bool { state.curve.rows.count >= recipe.epochs }

  /// Goes on from there; the training run's own numbers are those of that moment.
  func resume(at state: State) { self.state = state }

  /// Trains until the recipe's end, or until `goOn` says no: then the state is that between two steps.
  public func train(_ goOn: (Event) throws -> Bool) throws {
    while !isFinished {
      let epoch = state.curve.rows.count
      let stream = try BatchStream(
        data.train, batchSize: recipe.batchSize, seed: seed, epoch: epoch,
        firstStep: state.step - epoch * stepsPerEpoch,
        augmentation: recipe.augmentation)
      while true {
        let start = Self.now()
        guard let batch = try stream.next() else { break }
        try take(batch)
        let elapsed = Self.now() - start
        state.seconds += elapsed
        state.epochSeconds += elapsed
        guard try goOn(.step) else { return }
      }
      guard try goOn(.epoch(try finishEpoch())) else { return }
    }
  }

  /// One step: forward, loss, backward, update.
  private func take(_ batch: Batch) throws {
    let step = state.step
    let outputs = run.forward([batch.inputs], seed: SeededRandom(seed: seed, Purpose.dropout, step).firstWord)
    let (loss, gradient) = self.loss(outputs[0], targets: batch.targets, samples: batch.count)
    guard loss.isFinite else {
      let node = run.nonFiniteNode()
      throw LearningError.diverged(
        step: step, node: node?.name ?? "the loss", operatorType: node?.operatorType ?? "cross-entropy")
    }
    run.backward([gradient])
    run.update(recipe.update(at: step, of: stepCount), keepsAverage: recipe.averageShare > 0)
    let classes = outputs[0].count / batch.count
    for (row, label) in batch.labels.enumerated() {
      let first = row * classes
      let best = (first..<first + classes).max { outputs[0][$0] < outputs[0][$1] }
      if best == first + label { state.right += 1 }
    }
    state.lossSum += loss * Double(batch.count)
    state.seen += batch.count
    state.step += 1
  }

  private func finishEpoch() throws -> TrainingCurve.Row {
    let seen = Double(max(state.seen, 1))
    let row = TrainingCurve.Row(
      epoch: state.curve.rows.count + 1, step: state.step,
      learningRate: Double(recipe.update(at: state.step - 1, of: stepCount).rate), trainLoss: state.lossSum / seen,
      trainAccuracy: Double(state.right) / seen,
      testAccuracy: try Evaluation(of: try trainedNetwork(), on: data.test, threads: run.threads).accuracy,
      examplesPerSecond: seen / max(state.epochSeconds, 1e-9), seconds: state.seconds)
    state.curve.rows.append(row)
    (state.lossSum, state.right, state.seen, state.epochSeconds) = (0, 0, 0, 0)
    return row
  }

  /// The network as it is now: where an average is kept, with that, and running statistics that fit it.
  public func trainedNetwork() throws -> Network {
    guard recipe.averageShare > 0, state.step > 0 else { return run.trainedNetwork() }
    let (parameters, statistics) = (run.parameters, run.statistics)
    run.parameters = run.average
    defer {
      run.parameters = parameters
      run.statistics = statistics
    }
    if run.layout.statisticsCount > 0 {
      // The statistics of the weights on the way are not the average's. Some batches bring them about: with a momentum of
      // 0.9 the old ones weigh nothing after fifty.
      let stream = try BatchStream(
        data.train, batchSize: recipe.batchSize, seed: seed, epoch: max(0, state.curve.rows.count - 1),
        augmentation: recipe.augmentation)
      for _ in 0..<min(50, stepsPerEpoch) {
        guard let batch = try stream.next() else { break }
        _ = run.forward([batch.inputs])
      }
    }
    return run.trainedNetwork()
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

extension SeededRandom {
  /// One word, for what wants a seed of its own.
  fileprivate var firstWord: UInt64 {
    var copy = self
    return copy.next()
  }
}
