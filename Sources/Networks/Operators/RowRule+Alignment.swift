import Tensors

extension RowRule {
  /// The rule of operators that combine elements at the same place, after ONNX's (numpy's) broadcasting: an input whose
  /// dimension along the row axis is broadcast, or that does not reach so far, is needed whole.
  static func aligned(axis: Int, inputs: [Shape?], output: Shape) -> RowRule {
    RowRule(
      inputs.map { shape in
        guard let shape else { return .whole }
        let own = axis - (output.rank - shape.rank)
        guard own >= 0, shape[own] == output[axis] else { return .whole }
        return .rows(axis: own, start: 0, step: 1)
      })
  }

  /// The first input's rows lie along `axis`; every other input is needed whole.
  static func first(axis: Int, of inputs: [Shape?], start: Int = 0, step: Int = 1) -> RowRule {
    RowRule(inputs.indices.map { $0 == 0 ? .rows(axis: axis, start: start, step: step) : .whole })
  }

  /// The input axis that is the output's `axis` when the same elements are given another shape: as long, and with as
  /// many elements before it. Nil where no axis survives so.
  static func survivingAxis(of axis: Int, input: Shape, output: Shape) -> Int? {
    var outputBefore = 1
    for extent in output.dimensions[..<axis] { outputBefore *= extent }
    var before = 1
    var candidate: Int?
    for (index, extent) in input.dimensions.enumerated() {
      if extent == output[axis], before == outputBefore {
        // Dimensions of 1 are interchangeable: prefer the axis at the same place.
        if candidate == nil || index == axis { candidate = index }
      }
      before *= extent
    }
    return candidate
  }
}
