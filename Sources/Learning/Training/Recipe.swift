import Tensors

/// How a network is trained.
public struct Recipe: Hashable, Codable, Sendable {
  public enum Optimizer: String, Hashable, Codable, Sendable, CaseIterable {
    /// Stochastic gradient descent with Nesterov's momentum of 0.9.
    case sgd
    /// Adam with decoupled weight decay, betas 0.9 and 0.999.
    case adamW = "adamw"
  }

  public var epochs = 30
  public var batchSize = 128
  public var optimizer = Optimizer.sgd
  /// At the schedule's height.
  public var rate: Float = 0.1
  public var schedule = Schedule.oneCycle
  /// Of weights, not of biases and normalisations.
  public var decay: Float = 5e-4
  /// How much of each target is spread over all classes.
  public var smoothing: Float = 0
  public var augmentation = Augmentation.none
  /// How much of an average of the weights stays at each step; 0: none is kept. The trained network is the average then.
  public var averageShare: Float = 0

  public init() {}

  /// Plain training from scratch: cross-entropy, by SGD (of networks with attention or recurrence: AdamW).
  public static func plain(for network: String = "") -> Recipe {
    var recipe = Recipe()
    if ["vit", "lstm", "gru", "convnext"].contains(where: network.hasPrefix) {
      recipe.optimizer = .adamW
      recipe.rate = 1e-3
      recipe.decay = 0.05
    } else if ["lenet", "alexnet", "vgg"].contains(where: network.hasPrefix) {
      recipe.rate = 0.05
    }
    return recipe
  }

  /// Throws where a number is out of range, naming it.
  public func check() throws(LearningError) {
    func require(_ condition: Bool, _ what: String) throws(LearningError) {
      guard condition else { throw .mismatch(what) }
    }
    try require(1...100_000 ~= epochs, "a run has 1 to 100000 epochs, not \(epochs)")
    try require(1...65_536 ~= batchSize, "a batch has 1 to 65536 samples, not \(batchSize)")
    try require(rate > 0 && rate.isFinite, "a learning rate is a positive number, not \(rate)")
    try require(decay >= 0 && decay < 1, "the weight decay lies in 0..<1, not at \(decay)")
    try require(smoothing >= 0 && smoothing < 1, "label smoothing lies in 0..<1, not at \(smoothing)")
    try require(averageShare >= 0 && averageShare < 1, "the average's share lies in 0..<1, not at \(averageShare)")
  }

  func update(at step: Int, of steps: Int) -> WeightUpdate {
    let rule: WeightUpdate.Rule =
      switch optimizer {
      case .sgd: .sgd(momentum: 0.9, nesterov: true)
      case .adamW: .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: step + 1)
      }
    let share = schedule.share(at: step, of: steps)
    // Early on the average follows quickly, so that it forgets the first weights.
    let averageShare = min(self.averageShare, Float(1 + step) / Float(10 + step))
    return WeightUpdate(
      rule: rule, rate: Float(Double(rate) * share), decay: decay, decayedCount: 0, averageShare: averageShare)
  }
}
