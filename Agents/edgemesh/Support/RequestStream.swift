import Mesh
import Runtime

/// Streams requests through a client: paced, pipelined, each outcome reported as it comes.
struct RequestStream {
  let client: InferenceClient
  var report: ResultReport
  private let source: InputQueue
  private var items: [RequestID: (number: Int, item: InputStream.Item)] = [:]
  private var sent = 0

  init(client: InferenceClient, source: InputStream, report: ResultReport) throws {
    self.client = client
    self.report = report
    self.source = try InputQueue(source)
  }

  /// What ends the stream early, from any thread: no more is sent, what is under way is waited for.
  var end: @Sendable () -> Void { { [source] in source.end() } }

  /// Sends all inputs and waits for all outcomes. An input that cannot be read ends the stream: what is under way is
  /// still waited for and reported, then the error is thrown.
  mutating func run(window: Int, deadlineMilliseconds: Int, interval: Duration?) throws -> ExitCode {
    let start = ContinuousClock.now
    var due = start
    while true {
      let now = ContinuousClock.now
      if client.inFlight < window, now >= due, case .item(var item) = source.state {
        source.take()
        let id = try client.submit(inputs: item.tensors, deadlineMilliseconds: deadlineMilliseconds)
        // Only the name is needed from here on.
        item.tensors = []
        items[id] = (sent, item)
        sent += 1
        if let interval { due = max(due + interval, now) }
        continue
      }
      if client.inFlight == 0, case .ended(let error) = source.state {
        let status = try report.finish(after: ContinuousClock.now - start)
        if let error { throw error }
        return status
      }
      // With room in the window the wait ends when the next request is due, or when there is one.
      let hasRoom = client.inFlight < window
      let isEmpty = if case .empty = source.state { true } else { false }
      let wait = hasRoom && !isEmpty ? max(.zero, due - now) : .milliseconds(500)
      let answer = try client.next(
        timeoutMilliseconds: Int(wait / .milliseconds(1)) + 1,
        orUntilReadable: hasRoom && isEmpty ? source.notifier.descriptor : nil)
      if isEmpty { source.acknowledge() }
      if let answer { try take(answer) }
    }
  }

  private mutating func take(_ answer: InferenceClient.Answer) throws {
    guard let (number, item) = items.removeValue(forKey: answer.id) else { return }
    try report.add(
      item, number: number, outcome: answer.outcome, latencyMicroseconds: answer.report.latencyMicroseconds,
      outputs: answer.outputs, gateway: answer.report.gateway, submissions: answer.report.submissions)
  }
}
