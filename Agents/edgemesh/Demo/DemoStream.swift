import Mesh
import Runtime

/// The demonstration's one stream of requests, paced, while agents come and go.
struct DemoStream {
  enum Phase: Int, CaseIterable {
    case whole
    case lost
    case back
  }

  enum Event {
    /// An outcome differs in kind from the one before.
    case change(Outcome, latencyMicroseconds: Int)
    /// Another second has passed, or the phase is over.
    case progress(Phase, DemoTally)
  }

  private(set) var tallies = [DemoTally](repeating: DemoTally(), count: Phase.allCases.count)
  private(set) var phase = Phase.whole
  /// The present phase's.
  var tally: DemoTally { tallies[phase.rawValue] }

  private let client: InferenceClient
  private let pictures: DemoPictures
  private let interval: Duration
  private let deadlineMilliseconds: Int
  private let report: (Event) throws -> Void
  private var due = ContinuousClock.now
  private var reported = ContinuousClock.now
  /// Drawn while nothing was under way: an answer is not to wait for that.
  private var upcoming: DemoPictures.Picture?
  private var pending: [RequestID: (picture: DemoPictures.Picture, phase: Phase)] = [:]
  private var lastKind: Outcome.Kind?

  /// Requests under way at most.
  private static let window = 2
  private static let progressInterval = Duration.seconds(1)

  init(
    client: InferenceClient, pictures: DemoPictures, interval: Duration, deadlineMilliseconds: Int,
    report: @escaping (Event) throws -> Void
  ) {
    self.client = client
    self.pictures = pictures
    self.interval = interval
    self.deadlineMilliseconds = deadlineMilliseconds
    self.report = report
  }

  /// From now on requests belong to `phase`. Those that run while an agent is killed belong to the loss.
  mutating func enter(_ phase: Phase) {
    self.phase = phase
    reported = .now
    if phase == .lost { for id in Array(pending.keys) { pending[id]?.phase = .lost } }
  }

  /// Streams until `isEnough` says so, which is asked after every outcome and at least every 20 ms.
  mutating func run(until isEnough: (DemoTally, Outcome?) throws -> Bool) throws {
    while true {
      if upcoming == nil, client.inFlight == 0 { upcoming = try pictures.take() }
      let now = ContinuousClock.now
      if client.inFlight < Self.window, now >= due {
        let picture = try upcoming ?? pictures.take()
        upcoming = nil
        let id = try client.submit(inputs: picture.tensors, deadlineMilliseconds: deadlineMilliseconds)
        pending[id] = (picture, phase)
        due = max(due + interval, now)
        continue
      }
      if now >= reported + Self.progressInterval {
        reported = now
        try report(.progress(phase, tally))
      }
      let hasRoom = client.inFlight < Self.window
      let wait = hasRoom ? max(.zero, min(due - now, .milliseconds(20))) : .milliseconds(20)
      let outcome = try take(client.next(timeoutMilliseconds: Int(wait / .milliseconds(1)) + 1))
      if try isEnough(tally, outcome) { return }
    }
  }

  /// Sends no more and waits for what is under way.
  mutating func finish() throws {
    while client.inFlight > 0 { _ = try take(client.next(timeoutMilliseconds: 100)) }
  }

  private mutating func take(_ answer: InferenceClient.Answer?) throws -> Outcome? {
    guard let answer, let (picture, phase) = pending.removeValue(forKey: answer.id) else { return nil }
    let outcome = answer.outcome
    let latency = answer.report.latencyMicroseconds
    tallies[phase.rawValue].add(
      outcome, to: picture, output: answer.outputs.first ?? [], latencyMicroseconds: latency,
      submissions: answer.report.submissions)
    if outcome.kind != lastKind {
      lastKind = outcome.kind
      try report(.change(outcome, latencyMicroseconds: latency))
    }
    return outcome
  }
}
