import Mesh
import Plans

/// Prints each request's outcome as it comes, keeps raw outputs where asked for, and sums up.
struct ResultReport {
  private let classes: [String]?
  private let labels: LabelFile?
  private let files: ResultFiles?
  private let isJSON: Bool
  private let console: Console
  private var hasTitle = false
  private(set) var summary = StreamSummary()

  /// - Parameters:
  ///   - outputs: the network's outputs, in its order.
  ///   - classes: names of the first output's indices, where the command line gives none.
  init(_ arguments: Arguments, outputs: [PlanValue], classes: [String]?, console: Console) throws {
    self.classes = try arguments[InputOptions.classes].map { try Manifest.classNames(contentsOf: $0) } ?? classes
    labels = try arguments[InputOptions.labels].map { try LabelFile(contentsOf: $0) }
    files = try arguments[InputOptions.output].map { try ResultFiles(directory: $0, outputs: outputs) }
    isJSON = arguments[InputOptions.json]
    self.console = console
  }

  /// A request has ended.
  mutating func add(
    _ item: InputStream.Item, number: Int, outcome: Outcome, latencyMicroseconds: Int, outputs: [[Float]],
    gateway: String? = nil, submissions: Int = 1
  ) throws {
    let line = AnswerLine(
      number: number, input: item.name, outcome: outcome, latencyMicroseconds: latencyMicroseconds,
      scores: outputs.first ?? [], classes: classes, gateway: gateway, submissions: submissions)
    try files?.keep(outputs, of: item)
    let isRight = labels?[item.name].map { $0 == line.top.first?.index }
    summary.add(outcome, latencyMicroseconds, submissions: submissions, isRight)
    if isJSON { return try console.print(line.json) }
    if !hasTitle {
      try console.print(AnswerLine.table.streamedTitle)
      hasTitle = true
    }
    try console.print(AnswerLine.table.streamed(line.cells))
  }

  /// All requests have ended.
  mutating func finish(after elapsed: Duration) throws -> ExitCode {
    summary.elapsed = elapsed
    if isJSON { try console.print(summary.json) } else { try console.print(summary.line) }
    return summary.isAnswered ? .success : .unanswered
  }
}
