@testable import Tensors

/// A reference result: the value in double precision, and what its terms' magnitudes add up to.
///
/// Single-precision sums err in proportion to the magnitudes, not to the value, which cancellation may leave small.
struct ReferenceValue {
  var value = 0.0
  var magnitude = 0.0

  mutating func add(_ term: Double) {
    value += term
    magnitude += term.magnitude
  }

  /// Clamped, as activations do.
  func clamped(by activation: Activation) -> ReferenceValue {
    let (minimum, maximum): (Float, Float) =
      switch activation {
      case .none: (-.infinity, .infinity)
      case .relu: (0, .infinity)
      case .clip(let minimum, let maximum): (minimum, maximum)
      default: preconditionFailure("\(activation) is no clamp")
      }
    return ReferenceValue(value: min(max(value, Double(minimum)), Double(maximum)), magnitude: magnitude)
  }
}

/// The tolerance everywhere: 4e-6 of the terms' magnitudes. A sum of n terms in any order of partial sums errs by some
/// sqrt(n) x 6e-8 of them; n stays below 2,000 here.
let tolerance = 4e-6

/// The first element that is further from the reference than tolerated, in words; nil where there is none.
///
/// - Parameter mixing: whether the algorithm takes differences of neighbouring elements (Winograd's filtering): then an
///   element may err as much as the one with the largest terms.
func difference(_ elements: [Float], _ reference: [ReferenceValue], mixing: Bool = false) -> String? {
  guard elements.count == reference.count else { return "\(elements.count) elements for \(reference.count)" }
  let largest = reference.map(\.magnitude).max() ?? 0
  for index in elements.indices {
    let error = (Double(elements[index]) - reference[index].value).magnitude
    let magnitude = mixing ? largest : reference[index].magnitude
    if !(error <= tolerance * magnitude + 1e-30) {
      return "element \(index) is \(elements[index]), not \(reference[index].value)"
    }
  }
  return nil
}

extension FeatureMap {
  /// A map of the tensor whose padding lanes hold garbage, which no result may depend on.
  init(soiled tensor: Tensor, on set: InstructionSet) {
    self.init(tensor, on: set)
    let (lanes, block) = (channels % set.block, set.block)
    guard lanes > 0 else { return }
    let first = storage.count - height * width * block
    withUnsafeMutableBufferPointer { buffer in
      for index in first..<buffer.count where (index - first) % block >= lanes { buffer[index] = 1e30 }
    }
  }

  var isFinite: Bool { withUnsafeBufferPointer { $0.allSatisfy(\.isFinite) } }
}
