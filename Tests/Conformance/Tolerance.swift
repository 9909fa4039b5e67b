import Networks
import Tensors

/// How far a result may be from what is expected: |difference| <= absolute + relative x |expected|.
struct Tolerance {
  var relative: Float
  var absolute: Float

  /// ONNX's own relative tolerance. Its absolute one, 1e-7, asks sums near zero for more than single precision has.
  static let standard = Tolerance(relative: 1e-3, absolute: 1e-5)

  /// What is wrong with `result`, or nil. Shapes and integers must be equal; NaN equals NaN.
  func complaint(about result: Constant, expected: Constant) -> String? {
    guard result.shape == expected.shape else { return "its shape is \(result.shape); expected \(expected.shape)" }
    switch (result, expected) {
    case (.integer(let result), .integer(let expected)):
      let wrong = zip(result.elements, expected.elements).enumerated().first { $0.element.0 != $0.element.1 }
      return wrong.map { "element \($0.offset) is \($0.element.0); expected \($0.element.1)" }
    case (.float(let result), .float(let expected)):
      return complaint(about: result.elements, expected: expected.elements)
    case (.integer, .float): return "it holds integers; expected numbers with a fraction"
    case (.float, .integer): return "it holds numbers with a fraction; expected integers"
    }
  }

  private func complaint(about result: [Float], expected: [Float]) -> String? {
    var worst: (index: Int, excess: Float)?
    for (index, (value, wanted)) in zip(result, expected).enumerated() {
      if value == wanted || value.isNaN && wanted.isNaN { continue }
      let excess = abs(value - wanted) - absolute - relative * abs(wanted)
      guard !(excess <= 0) else { continue }
      if worst.map({ excess > $0.excess || excess.isNaN }) ?? true { worst = (index, excess) }
    }
    return worst.map { "element \($0.index) is \(result[$0.index]); expected \(expected[$0.index])" }
  }
}
