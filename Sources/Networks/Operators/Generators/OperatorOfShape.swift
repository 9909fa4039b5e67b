import Tensors

/// What operators share whose output follows from their input's shape, whatever its elements are.
protocol OperatorOfShape: Operator {
  var identity: NodeIdentity { get }
  func value(of shape: Shape) throws(NetworkError) -> RuntimeValue
  /// Whether nothing else of the input matters, not even its type: the output is known before the network runs.
  var needsShapeOnly: Bool { get }
}

extension OperatorOfShape {
  var needsShapeOnly: Bool { true }

  var takesEmptyInputs: Bool { true }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    [try value(of: try identity.value(inputs, 0).shape)]
  }
}
