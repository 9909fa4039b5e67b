import Networks

/// What became of a test.
enum Verdict {
  case passed(Binding)
  case failed(String)
  /// With the reason, which many tests share.
  case skipped(String)

  /// Element types that edgemesh carries as what they are. Others are read into these where that is exact enough for a
  /// network, but a test of theirs asks for their own arithmetic: it counts if it passes, and is skipped if not.
  private static let carriedTypes: Set<String> = ["float32", "int64", "int32", "bool"]

  /// Runs a test with the first binding under which the network loads.
  init(of test: TestFolder, exceptions: Exceptions) {
    let survey: NetworkSurvey
    do {
      survey = try NetworkSurvey(onnx: test.model)
    } catch {
      self = .failed("\(error)")
      return
    }
    if let opset = survey.opset, !NetworkLimits.opsets.contains(opset) {
      self = .skipped("opset \(opset); edgemesh reads \(NetworkLimits.opsets.lowerBound) and later")
      return
    }
    let foreign = survey.problems.filter { $0.kind == .unsupportedOperator }.map(\.operatorType)
    if let first = Set(foreign).sorted().first {
      self = .skipped("no operator \(first)")
      return
    }
    let values = survey.inputs + survey.outputs
    if values.contains(where: { $0.elementType.isEmpty }) {
      self = .skipped("a sequence, map or optional, no tensor")
      return
    }
    let result = Self.run(test, types: values.map(\.elementType))
    if let type = values.map(\.elementType).first(where: { !Self.carriedTypes.contains($0) }), case .failed = result {
      self = .skipped("elements of type \(type)")
    } else if let reason = exceptions.reason(for: test.name) {
      switch result {
      case .failed: self = .skipped(reason)
      case .passed: self = .failed("it passes, but is listed as an exception; take it off the list")
      case .skipped: self = result
      }
    } else {
      self = result
    }
  }

  private static func run(_ test: TestFolder, types: [String]) -> Verdict {
    do {
      let sets = try test.dataSets()
      guard !sets.isEmpty else { return .failed("it has no data set") }
      var used = Binding.allInputs
      for set in sets {
        let given = try TestFolder.tensors("input", in: set)
        let expected = try TestFolder.tensors("output", in: set)
        let (attempt, binding) = try load(test, given: given)
        used = binding
        let results = try attempt.run()
        guard results.count == expected.count else {
          return .failed("it has \(results.count) outputs; expected \(expected.count)")
        }
        for (index, (result, wanted)) in zip(results, expected).enumerated() {
          guard let complaint = test.tolerance().complaint(about: result, expected: wanted.value) else { continue }
          return .failed("output \(index): \(complaint)")
        }
      }
      return .passed(used)
    } catch {
      return .failed("\(error)")
    }
  }

  private static func load(_ test: TestFolder, given: [TensorFile]) throws -> (Attempt, Binding) {
    var first: (any Error)?
    for binding in Binding.allCases {
      do {
        return (try Attempt(test, given: given, binding: binding), binding)
      } catch {
        first = first ?? error
      }
    }
    throw first ?? NetworkError.invalidGraph("nothing was tried")
  }
}
