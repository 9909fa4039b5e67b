import Glibc
import Mesh
import Runtime
import Synchronization

/// Asks an agent again and again, on a thread of its own, until it reports that it is ready for a plan.
final class ReadinessWatch: Sendable {
  private let instant = Mutex<ContinuousClock.Instant?>(nil)

  /// When the agent reported ready; nil while it has not.
  var readyAt: ContinuousClock.Instant? { instant.withLock { $0 } }

  init(_ endpoint: Endpoint, plan: PlanDigest, limit: Duration) throws {
    try SystemThread(name: "edgemesh-watch") { [self] in
      let end = ContinuousClock.now + limit
      while ContinuousClock.now < end {
        let status = try? AdminClient(to: endpoint, timeoutMilliseconds: 200).status()
        if status?.plans.contains(where: { $0.plan == plan && $0.state == .ready }) == true {
          instant.withLock { $0 = ContinuousClock.now }
          return
        }
        usleep(2_000)
      }
    }.detach()
  }
}
