import Glibc
import Mesh
import Pictures
import Plans
import Runtime
import Tensors

/// Streams requests through a client: paced, pipelined, each outcome printed as it comes, all of them summed up.
struct RequestStream {
  let client: InferenceClient
  var source: InputStream
  let deployed: DeployedNetwork
  let classes: [String]?
  let labels: LabelFile?
  let outputDirectory: String?
  let isJSON: Bool
  let console: Console

  private var names: [RequestID: (number: Int, name: String)] = [:]
  private var sent = 0
  private var summary = StreamSummary()
  private var hasTitle = false

  init(
    client: InferenceClient, source: InputStream, deployed: DeployedNetwork, classes: [String]?, labels: LabelFile?,
    outputDirectory: String?, isJSON: Bool, console: Console
  ) {
    self.client = client
    self.source = source
    self.deployed = deployed
    self.classes = classes
    self.labels = labels
    self.outputDirectory = outputDirectory
    self.isJSON = isJSON
    self.console = console
  }

  mutating func run(window: Int, deadlineMilliseconds: Int, interval: Duration?) throws -> ExitCode {
    if let outputDirectory, mkdir(outputDirectory, 0o777) != 0, errno != EEXIST {
      throw Failure(.cannotCreate, "cannot make \(outputDirectory): \(String(cString: strerror(errno)))")
    }
    let start = ContinuousClock.now
    var isExhausted = false
    var due = start
    while !isExhausted || client.inFlight > 0 {
      let now = ContinuousClock.now
      if !isExhausted, client.inFlight < window, now >= due {
        guard let (name, tensor) = try source.read() else {
          isExhausted = true
          continue
        }
        let id = try client.submit(inputs: [tensor], deadlineMilliseconds: deadlineMilliseconds)
        names[id] = (sent, name)
        sent += 1
        if let interval { due = max(due + interval, now) }
        continue
      }
      // While the window has room the wait ends when the next request is due.
      let wait = !isExhausted && client.inFlight < window ? max(.zero, due - now) : .milliseconds(500)
      if let answer = try client.next(timeoutMilliseconds: Int(wait / .milliseconds(1)) + 1) { try report(answer) }
    }
    summary.elapsed = ContinuousClock.now - start
    if isJSON { try console.print(summary.json) } else { try console.print(summary.line) }
    return summary.isAnswered ? .success : .unanswered
  }

  private mutating func report(_ answer: InferenceClient.Answer) throws {
    guard let (number, name) = names.removeValue(forKey: answer.id) else { return }
    let line = AnswerLine(number: number, input: name, answer: answer, classes: classes)
    if let outputDirectory { try keep(answer, name, in: outputDirectory) }
    let isRight = labels?[name].map { $0 == line.top.first?.index }
    summary.add(answer, isRight: isRight)
    if isJSON { return try console.print(line.json) }
    if !hasTitle {
      try console.print(AnswerLine.table.streamedTitle)
      hasTitle = true
    }
    try console.print(AnswerLine.table.streamed(line.cells))
  }

  private func keep(_ answer: InferenceClient.Answer, _ name: String, in directory: String) throws {
    let base = name.split(separator: "/").last.map(String.init) ?? name
    for (output, elements) in zip(deployed.outputs, answer.outputs) {
      let suffix = deployed.outputs.count > 1 ? ".\(output.name.replacing("/", with: "_"))" : ""
      try NPY.write(Tensor(shape: output.shape, elements: elements), to: "\(directory)/\(base)\(suffix).npy")
    }
  }
}
