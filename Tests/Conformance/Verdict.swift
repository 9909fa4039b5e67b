import Networks

/// What became of a test.
enum Verdict {
  /// With what ran on the first data set, and what it gave.
  case passed(Binding, Attempt, outputs: [Constant])
  case failed(String)
  /// With the reason, which many tests share, and what was said.
  case skipped(String, detail: String = "")

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
      if let reason = exceptions.reason(forOperator: first) {
        self = .skipped("no operator \(first): \(reason)")
      } else {
        self = Self.skipped("no operator \(first)", exceptions)
      }
      return
    }
    let values = survey.inputs + survey.outputs
    if values.contains(where: { $0.elementType.isEmpty }) {
      self =
        exceptions.reason(for: test.name).map { .skipped($0) } ?? Self.skipped("a sequence or optional", exceptions)
      return
    }
    let result = Self.run(test)
    switch (result, exceptions.reason(for: test.name)) {
    case (.failed(let detail), let reason?): self = .skipped(reason, detail: detail)
    case (.passed, _?) where exceptions.isComplete:
      self = .failed("it passes, but is listed as an exception; take it off the list")
    case (.failed(let detail), nil):
      let foreign = values.map(\.elementType).first { !Self.carriedTypes.contains($0) }
      self = foreign.map { Self.skipped("elements of type \($0)", exceptions, detail: detail) } ?? result
    default: self = result
    }
  }

  /// A skip for which nobody gave a reason: a failure where the list is to be complete.
  private static func skipped(_ reason: String, _ exceptions: Exceptions, detail: String = "") -> Verdict {
    guard exceptions.isComplete else { return .skipped(reason, detail: detail) }
    return .failed("\(reason), and not listed as an exception\(detail.isEmpty ? "" : ": \(detail)")")
  }

  private static func run(_ test: TestFolder) -> Verdict {
    do {
      let sets = try test.dataSets()
      var first: (Attempt, Binding, [Constant])?
      for set in sets {
        let given = try TestFolder.tensors("input", in: set)
        let expected = try TestFolder.tensors("output", in: set)
        let (attempt, binding) = try load(test, given: given)
        let results = try attempt.run()
        guard results.count == expected.count else {
          return .failed("it has \(results.count) outputs; expected \(expected.count)")
        }
        for (index, (result, wanted)) in zip(results, expected).enumerated() {
          guard let complaint = test.tolerance().complaint(about: result, expected: wanted.value) else { continue }
          return .failed("output \(index): \(complaint)")
        }
        first = first ?? (attempt, binding, results)
      }
      guard let (attempt, binding, results) = first else { return .failed("it has no data set") }
      return .passed(binding, attempt, outputs: results)
    } catch {
      return .failed("\(error)")
    }
  }

  /// The test's network with as few inputs bound as it loads with. Throws what was said when most were bound.
  private static func load(_ test: TestFolder, given: [TensorFile]) throws -> (Attempt, Binding) {
    var last: any Error = NetworkError.invalidGraph("nothing was tried")
    for binding in Binding.allCases {
      do { return (try Attempt(test, given: given, binding: binding), binding) } catch { last = error }
    }
    throw last
  }
}
