import Glibc
import Mesh
import Runtime
import Synchronization

/// Sees to it that an agent that was told of others does not stay alone unnoticed: a mistyped address would otherwise
/// look like a mesh of one.
final class SeedWatch: Sendable {
  private let verdict = Mutex<Failure?>(nil)

  /// Why the agent was stopped; nil where it found others, or still looks.
  var failure: Failure? { verdict.withLock { $0 } }

  private static let pollMicroseconds: UInt32 = 200_000

  /// Asks the agent at `own`, on a thread of its own, until it knows a live member beside itself; where it does not
  /// within `limit`, calls `stop`.
  init(own: Endpoint, seeds: [Endpoint], limit: Duration, stop: @escaping @Sendable () -> Void) throws {
    try SystemThread(name: "edgemesh-seeds") { [self] in
      let end = ContinuousClock.now + limit
      while ContinuousClock.now < end {
        usleep(Self.pollMicroseconds)
        if Self.needsNoWatch(own) { return }
      }
      verdict.withLock { $0 = Self.explain(seeds, limit) }
      stop()
    }.detach()
  }

  /// Whether the agent has found others; or holds a seat from an earlier start, for then its addresses were right once,
  /// and a board that comes back before its mesh does has to go on looking.
  private static func needsNoWatch(_ own: Endpoint) -> Bool {
    guard let status = try? AdminClient(to: own, timeoutMilliseconds: 1_000).status() else { return false }
    return !status.plans.isEmpty || status.members.contains { $0.state == "alive" && $0.id != status.id }
  }

  private static func explain(_ seeds: [Endpoint], _ limit: Duration) -> Failure {
    var reasons: [String] = []
    for seed in seeds {
      do {
        _ = try seed.reachable(timeoutMilliseconds: 500)
        reasons.append("\(seed) is reached, but takes no part in a mesh with this agent")
      } catch {
        reasons.append("\(error)")
      }
    }
    return Failure(
      .unavailable, "no other agent was found within \(TimeSpan.format(limit)): \(reasons.joined(separator: "; "))")
  }
}
