import Glibc

/// How the learning rate changes over a training run.
public enum Schedule: String, Hashable, Codable, Sendable, CaseIterable {
  case constant
  /// Down to 0 along half a cosine (Loshchilov and Hutter, "SGDR", 2017).
  case cosine
  /// Up along a line over the first 30 %, then down to 0 along half a cosine (Smith and Topin, "Super-convergence", 2018).
  case oneCycle = "one-cycle"
  /// A tenth from half of the steps on, a hundredth from three quarters on (He et al., 2016).
  case step

  /// The share of the full rate at a step.
  ///
  /// - Parameters:
  ///   - step: 0 ..< `steps`.
  ///   - warmUp: for so many of the first steps the rate climbs from 0 besides.
  public func share(at step: Int, of steps: Int, warmUp: Int = 0) -> Double {
    let place = Double(step) / Double(max(steps, 1))
    let warm = step < warmUp ? Double(step + 1) / Double(warmUp) : 1
    switch self {
    case .constant: return warm
    case .cosine: return warm * (1 + cos(.pi * place)) / 2
    case .oneCycle:
      let peak = 0.3
      guard place >= peak else { return warm * (0.04 + 0.96 * place / peak) }
      return warm * (1 + cos(.pi * (place - peak) / (1 - peak))) / 2
    case .step: return warm * (place < 0.5 ? 1 : place < 0.75 ? 0.1 : 0.01)
    }
  }
}
