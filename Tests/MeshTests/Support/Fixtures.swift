import Membership
import Plans
import Tensors

@testable import Mesh

/// A small plan and names that the unit tests share: three seats, two stages, a few replicas.
enum Fixtures {
  static let digest = PlanDigest(bytes: [UInt8](repeating: 0xD1, count: 32))!
  static let network = NetworkReference(name: "two stages", digest: String(repeating: "0", count: 64))
  /// Bytes of the plan's input.
  static let inputBytes = 3 * 8 * 8 * 4

  /// Stage 0 has six rows, two a seat; seat 0 replicates row 1, seat 2 rows 0 and 4. Stage 1 has four, no replicas.
  static func plan(input: Shape = [1, 3, 8, 8]) -> Plan {
    Plan(
      network: network,
      inputs: [PlanValue(name: "input", shape: input)],
      outputs: [PlanValue(name: "scores", shape: [1, 10])], seats: (0..<3).map { _ in Seat(memoryBytes: 1_000) },
      strategy: Strategy(name: "written by hand"),
      stages: [
        Stage(
          name: "first", output: PlanValue(name: "first", shape: [1, 6, 1, 16]), rowAxis: 1, inputs: ["input"],
          owners: [0, 1, 2, 0, 1, 2], replicas: [[1], [], [0, 4]]),
        Stage(
          name: "second", output: PlanValue(name: "second", shape: [1, 4]), rowAxis: 1, inputs: ["first"],
          owners: [0, 0, 1, 2], replicas: [[], [], []]),
      ], tailInputs: ["second"], fills: [.replica, .zero])
  }

  static let facts = PlanFacts(plan(), digest: digest)

  static func agent(_ seat: Int) -> AgentID { AgentID(high: 0xA6, low: UInt64(seat + 1)) }
  static func address(_ seat: Int) -> String { "10.0.0.\(seat + 1):7707" }
  static func time(_ milliseconds: Int) -> Timestamp { Timestamp.zero.advanced(milliseconds: milliseconds) }
}

extension [Mesh.Effect] {
  /// The buffers that were let go or handed to the worker, in order.
  var consumed: [BufferHandle] {
    compactMap {
      switch $0 {
      case .release(let buffer), .placeInput(_, _, _, let buffer), .place(_, _, _, _, let buffer): buffer
      default: nil
      }
    }
  }

  var released: [BufferHandle] {
    compactMap { if case .release(let buffer) = $0 { buffer } else { nil } }
  }

  /// Why frames were dropped.
  var dropped: [String] {
    compactMap { if case .record(.frameDropped(let reason)) = $0 { reason } else { nil } }
  }

  var replies: [ClientReply] {
    compactMap { if case .reply(let reply, _, _) = $0 { reply } else { nil } }
  }

  var outcomes: [OutcomeReply] {
    replies.compactMap { if case .outcome(let outcome) = $0 { outcome } else { nil } }
  }

  /// Data frames to a seat of the fixtures.
  func sent(to seat: Int) -> [Frame.Body] {
    compactMap {
      if case .send(let frame, _, Fixtures.agent(seat)) = $0 { frame.body } else { nil }
    }
  }

  var opened: [AttemptID] { compactMap { if case .open(let attempt, _, _) = $0 { attempt } else { nil } } }
  var closed: [AttemptID] { compactMap { if case .close(let attempt) = $0 { attempt } else { nil } } }
}
