import Membership
import Mesh
import Plans
import Tensors

/// What a run draws from its seed: everything else follows.
struct Scenario: Sendable, CustomStringConvertible {
  var seed: UInt64
  var seats: Int
  var stages: Int
  var rowsPerStage: Int
  var replicaShare: Double
  var requests: Int
  var window: Int
  var loss: Double
  var delayMicroseconds: Int
  var delayTailMicroseconds: Int
  /// Crashes, restarts and pauses during the faulty phase.
  var crashes: Int
  var pauses: Int
  var clientsGateways: Int

  /// Draws which kinds of fault a run has, and how much of each.
  static func drawn(seed: UInt64) -> Scenario {
    var random = SeededGenerator(seed: seed)
    let isFaultFree = random.below(5) == 0
    func happens(_ percent: Int) -> Bool { random.below(100) < percent && !isFaultFree }
    let seats = 2 + random.below(5)
    return Scenario(
      seed: seed,
      seats: seats,
      stages: 1 + random.below(6),
      rowsPerStage: seats + random.below(3 * seats),
      replicaShare: [0, 0.25, 0.5, 1][random.below(4)],
      requests: 5 + random.below(16),
      window: 1 + random.below(4),
      loss: happens(30) ? 0.001 + 0.05 * random.unit() : 0,
      delayMicroseconds: 50 + random.below(2_000),
      delayTailMicroseconds: happens(40) ? 100 + random.below(15_000) : 100,
      crashes: happens(60) ? 1 + random.below(3) : 0,
      pauses: happens(40) ? 1 + random.below(2) : 0,
      clientsGateways: 1 + random.below(seats))
  }

  var isFaultFree: Bool { loss == 0 && crashes == 0 && pauses == 0 }

  var description: String {
    "seed \(seed): \(seats) seats, \(stages) stages of \(rowsPerStage) rows, replicas \(replicaShare), "
      + "\(requests) requests \(window) at a time, loss \(loss), delay \(delayMicroseconds)+\(delayTailMicroseconds) us, "
      + "\(crashes) crashes, \(pauses) pauses, client knows \(clientsGateways)"
  }

  /// A chain of stages with some shortcuts, rows dealt round-robin, replicas drawn.
  func plan(_ random: inout SeededGenerator) -> Plan {
    let names = (0..<stages).map { "stage\($0)" }
    let list = (0..<stages).map { index -> Stage in
      var inputs = [index == 0 ? "input" : names[index - 1]]
      if index >= 2, random.below(3) == 0 { inputs.append(names[index - 2]) }
      let owners = (0..<rowsPerStage).map { $0 % seats }
      let replicas = (0..<seats).map { seat in
        (0..<rowsPerStage).filter { owners[$0] != seat && random.unit() < replicaShare / 2 }
      }
      // Now and then a slice of several chunks.
      let width = random.below(4) == 0 ? 60_000 : 16
      return Stage(
        name: names[index], output: PlanValue(name: names[index], shape: [1, rowsPerStage, 1, width]), rowAxis: 1,
        inputs: inputs, owners: owners, replicas: replicas)
    }
    return Plan(
      network: NetworkReference(name: "simulated", digest: String(repeating: "0", count: 64)),
      inputs: [PlanValue(name: "input", shape: [1, 3, 8, 8])], outputs: [PlanValue(name: "output", shape: [1, 10])],
      seats: (0..<seats).map { _ in Seat(memoryBytes: 1 << 20) }, strategy: Strategy(name: "simulated"), stages: list,
      tailInputs: [names[stages - 1]], fills: [.replica, .zero])
  }
}
