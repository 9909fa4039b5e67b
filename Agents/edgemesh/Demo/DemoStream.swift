import Mesh
import Plans
import Runtime

/// The demonstration's one stream of requests, paced, while agents come and go.
struct DemoStream {
  enum Phase: Int, CaseIterable {
    case whole
    case lost
    case back
  }

  /// What came of one phase's requests.
  struct Tally {
    var outcomes: [Outcome.Kind: Int] = [:]
    var latencies: [Int] = []
    /// Answers with outputs that equal the whole network's, and that have its best class.
    var equal = 0
    var sameClass = 0
    var submissions = 0
    var replicaShare = 0.0
    var zeroShare = 0.0

    var requests: Int { outcomes.values.reduce(0, +) }
    var answered: Int { outcomes.reduce(0) { $1.key.hasOutputs ? $0 + $1.value : $0 } }
  }

  private(set) var tallies = [Tally](repeating: Tally(), count: Phase.allCases.count)
  /// Told when an outcome differs in kind from the one before.
  var onChange: (Outcome, _ latencyMicroseconds: Int) throws -> Void
  private(set) var phase = Phase.whole

  private let client: InferenceClient
  private let network: DemoNetwork
  private let interval: Duration
  private let deadlineMilliseconds: Int
  private var due = ContinuousClock.now
  private var sent = 0
  private var pending: [RequestID: (input: Int, phase: Phase)] = [:]
  private var lastKind: Outcome.Kind?

  /// Requests under way at most.
  private static let window = 2

  init(
    client: InferenceClient, network: DemoNetwork, interval: Duration, deadlineMilliseconds: Int,
    onChange: @escaping (Outcome, Int) throws -> Void
  ) {
    self.client = client
    self.network = network
    self.interval = interval
    self.deadlineMilliseconds = deadlineMilliseconds
    self.onChange = onChange
  }

  /// From now on requests belong to `phase`. Those that run while an agent is killed belong to the loss.
  mutating func enter(_ phase: Phase) {
    self.phase = phase
    if phase == .lost { for id in Array(pending.keys) { pending[id]?.phase = .lost } }
  }

  /// Streams until `isEnough` says so, which is asked after every outcome and at least every 20 ms.
  mutating func run(until isEnough: (Tally, Outcome?) throws -> Bool) throws {
    while true {
      let now = ContinuousClock.now
      if client.inFlight < Self.window, now >= due {
        let input = sent % network.inputs.count
        let id = try client.submit(
          inputs: network.inputs[input].tensors, deadlineMilliseconds: deadlineMilliseconds)
        pending[id] = (input, phase)
        sent += 1
        due = max(due + interval, now)
        continue
      }
      let hasRoom = client.inFlight < Self.window
      let wait = hasRoom ? max(.zero, min(due - now, .milliseconds(20))) : .milliseconds(20)
      let outcome = try take(client.next(timeoutMilliseconds: Int(wait / .milliseconds(1)) + 1))
      if try isEnough(tallies[phase.rawValue], outcome) { return }
    }
  }

  /// Sends no more and waits for what is under way.
  mutating func finish() throws {
    while client.inFlight > 0 { _ = try take(client.next(timeoutMilliseconds: 100)) }
  }

  private mutating func take(_ answer: InferenceClient.Answer?) throws -> Outcome? {
    guard let answer, let (index, phase) = pending.removeValue(forKey: answer.id) else { return nil }
    let outcome = answer.outcome
    var tally = tallies[phase.rawValue]
    tally.outcomes[outcome.kind, default: 0] += 1
    tally.submissions += answer.report.submissions
    if outcome.kind.hasOutputs {
      let input = network.inputs[index]
      let output = answer.outputs.first ?? []
      tally.latencies.append(answer.report.latencyMicroseconds)
      if input.equals(output) { tally.equal += 1 }
      if AnswerLine.best(output, 1).first == input.bestClass { tally.sameClass += 1 }
      tally.replicaShare += outcome.share(of: .replica)
      tally.zeroShare += outcome.share(of: .zero)
    }
    tallies[phase.rawValue] = tally
    if outcome.kind != lastKind {
      lastKind = outcome.kind
      try onChange(outcome, answer.report.latencyMicroseconds)
    }
    return outcome
  }
}
