import CKernels

/// One step of an optimiser over flat weights; see `ek_update` for the formulas.
public struct WeightUpdate: Sendable {
  public enum Rule: Hashable, Sendable {
    /// Stochastic gradient descent with momentum (Sutskever et al., 2013).
    case sgd(momentum: Float, nesterov: Bool)
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019). `step` counts from 1.
    case adamW(beta1: Float, beta2: Float, epsilon: Float, step: Int)
  }

  public var rule: Rule
  public var rate: Float
  /// Of the first weights, so many.
  public var decay: Float
  public var decayedCount: Int
  public var gradientScale: Float
  /// How much of the average stays, where one is kept.
  public var averageShare: Float

  public init(
    rule: Rule, rate: Float, decay: Float, decayedCount: Int, gradientScale: Float = 1, averageShare: Float = 0
  ) {
    self.rule = rule
    self.rate = rate
    self.decay = decay
    self.decayedCount = decayedCount
    self.gradientScale = gradientScale
    self.averageShare = averageShare
  }

  func work(count: Int) -> ek_update {
    var work = ek_update()
    (work.count, work.decayed) = (count, decayedCount)
    (work.gradient_scale, work.rate, work.decay) = (gradientScale, rate, decay)
    work.average_share = averageShare
    switch rule {
    case .sgd(let momentum, let nesterov):
      work.optimizer = EK_SGD
      work.momentum = momentum
      work.nesterov = nesterov ? 1 : 0
    case .adamW(let beta1, let beta2, let epsilon, let step):
      work.optimizer = EK_ADAMW
      (work.momentum, work.beta2, work.epsilon) = (beta1, beta2, epsilon)
      work.correction1 = Float(1 - power(Double(beta1), step))
      work.correction2 = Float(1 - power(Double(beta2), step))
    }
    return work
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, left) = (1.0, base, exponent)
    while left > 0 {
      if left % 2 == 1 { result *= factor }
      factor *= factor
      left /= 2
    }
    return result
  }
}

extension BatchRun {
  /// Updates `weights` by `gradients`; `first` and `second` are the optimiser's own numbers. All are of one length.
  public func update(
    _ weights: BatchProgram.Value, by gradients: BatchProgram.Value, first: BatchProgram.Value,
    second: BatchProgram.Value?, average: BatchProgram.Value?, _ update: WeightUpdate
  ) {
    let count = program.floatCount(of: weights)
    var step = ek_step()
    step.kernel = EK_UPDATE
    var work = update.work(count: count)
    guard let target = start(of: weights), let gradient = start(of: gradients), let kept = start(of: first) else {
      preconditionFailure("weights without a place")
    }
    for value in [gradients, first, second, average] {
      precondition(
        value.map { program.floatCount(of: $0) == count } ?? true, "an update of values that differ in length")
    }
    work.weights = target
    work.gradient = UnsafePointer(gradient)
    work.first = kept
    work.second = second.flatMap(start(of:))
    work.average = average.flatMap(start(of:))
    step.as.update = work
    runAlone(step)
  }
}
