public import Networks
public import Plans
import Tensors

/// How long a board takes for a network, or a slice of one, from its profile: no clock is asked, and equal questions have
/// equal answers on every machine.
///
/// A step takes the time of its amount of work at the rate that its kind's curve has at that place, and the profile's
/// fixed time for any step. Weights were near when the curves were measured; in a network they lie where all its weights
/// together find room, so a part of the longer way is added (`exposedWeightsPerMille`).
public struct CostModel: Sendable {
  public let profile: BoardProfile
  /// How many times as fast as the profile's own threads.
  private let speed: Double
  private let curves: [CostCurve.Kind: [CostCurve]]

  /// - Parameter threads: how many compute; those of the profile if not said.
  public init(_ profile: BoardProfile, threads: Int? = nil) {
    self.profile = profile
    curves = Dictionary(grouping: profile.curves, by: \.kind)
    speed = threads.map { Self.speed(of: $0, in: profile) } ?? 1
  }

  private static func speed(of threads: Int, in profile: BoardProfile) -> Double {
    guard let own = profile.scaling.last(where: { $0.threads <= profile.threads }),
      let other = profile.scaling.last(where: { $0.threads <= threads })
    else { return 1 }
    return Double(own.nanoseconds) / Double(other.nanoseconds)
  }

  /// Seconds that each of a network's steps takes. A step is a node and what is fused to it, first the node with the
  /// weights.
  public func seconds(of steps: [[NodeProfile]]) -> [Double] {
    var weightBytes = 0.0
    for step in steps { for node in step { weightBytes += 4 * Double(node.parameters) } }
    return steps.map { seconds(of: $0, within: weightBytes) }
  }

  /// Seconds of one step of a network that has so many bytes of weights.
  func seconds(of step: [NodeProfile], within networkBytes: Double) -> Double {
    guard let first = step.first else { return 0 }
    let work = StepWork(first, block: profile.block)
    guard !work.isFree || step.count > 1 else { return 0 }
    var seconds = Double(profile.stepNanoseconds) * 1e-9
    guard let kind = work.kind, let curve = curve(kind, for: work) else { return seconds / speed }
    let own = work.amount / curve.rate(at: work.place)
    if kind == .linear {
      // Bytes are all that counts.
      seconds += max(own, work.weightBytes / readingRate(networkBytes))
    } else {
      let longer = max(1 / readingRate(networkBytes) - 1 / readingRate(work.weightBytes), 0)
      seconds += own + work.weightBytes * longer * Double(profile.exposedWeightsPerMille) * 1e-3
    }
    // What is fused computes on numbers in registers; only a second operand has to be brought.
    for node in step.dropFirst() {
      let second = 4 * Double(max(node.inputElements - node.outputShape.elementCount, 0))
      seconds += second / readingRate(max(second, 1))
    }
    return seconds / speed
  }

  /// The curve of the kind whose stride is the same and whose window is nearest in size; of another stride where there
  /// is none.
  private func curve(_ kind: CostCurve.Kind, for work: StepWork) -> CostCurve? {
    func distance(_ curve: CostCurve) -> Double {
      abs(Logarithm.base2(Double(curve.kernel) / work.kernel)) + (curve.stride == work.stride ? 0 : 100)
    }
    // Of equals the first.
    return curves[kind]?.enumerated().min { (distance($0.element), $0.offset) < (distance($1.element), $1.offset) }?
      .element
  }

  /// Bytes a second from a buffer of that size.
  func readingRate(_ bytes: Double) -> Double {
    let curve = CostCurve(
      kind: .unary, axes: [profile.reading.map(\.bytes)], rates: profile.reading.map(\.bytesPerSecond))
    return profile.reading.isEmpty ? .infinity : curve.rate(at: [max(bytes, 1)])
  }
}
