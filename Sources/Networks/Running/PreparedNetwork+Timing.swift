public import Tensors

extension PreparedNetwork {
  /// Runs on one sample as `run` does, one step after the other, and tells how long each took: seconds, in the order of
  /// `stepNodes`.
  public func stepTimes(
    _ given: [String: RuntimeValue], in arena: Arena = Arena()
  ) throws(NetworkError) -> [Double] {
    var times: [Double] = []
    times.reserveCapacity(stepNodes.count)
    var last: ContinuousClock.Instant?
    func note() {
      let now = ContinuousClock.now
      if let last { times.append((now - last) / .seconds(1)) }
      last = ContinuousClock.now
    }
    _ = try results(of: given, in: arena, observing: note) { _ in }
    return times
  }
}
