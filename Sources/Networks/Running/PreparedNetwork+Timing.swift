extension PreparedNetwork {
  /// The names of the nodes that each step computes, in the order of the steps: the node with the weights first, then
  /// those that are fused to it.
  public var stepNodes: [[String]] { steps.map(\.nodes) }

  /// Runs on one sample as `run` does, and tells how long each step took: seconds, in the order of `stepNodes`.
  public func stepTimes(_ given: [String: RuntimeValue]) throws(NetworkError) -> [Double] {
    var times: [Double] = []
    times.reserveCapacity(steps.count)
    var last = ContinuousClock.now
    _ = try run(given) { step in
      let now = ContinuousClock.now
      if step >= 0 { times.append((now - last) / .seconds(1)) }
      last = ContinuousClock.now
    }
    return times
  }
}
