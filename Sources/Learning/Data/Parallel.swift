import Synchronization

/// Work that falls into independent parts, on a few threads.
enum Parallel {
  /// Calls `body` for each of 0 ..< `count`, at most `threads` at a time, in no order. After an error the parts before
  /// it are still done, so that the error thrown is always that of the first part that has one.
  static func forEach(
    _ count: Int, threads: Int, _ body: @escaping @Sendable (Int) throws(LearningError) -> Void
  ) throws(LearningError) {
    let work = Work(count: count, body: body)
    let helpers = (1..<max(1, min(threads, count, 64))).map { _ in BackgroundThread.start { work.run() } }
    work.run()
    // Letting go of the threads waits for them.
    withExtendedLifetime(helpers) {}
    _ = consume helpers
    if let failure = work.failure { throw failure }
  }

  private final class Work: Sendable {
    private let count: Int
    private let body: @Sendable (Int) throws(LearningError) -> Void
    private let next = Atomic(0)
    private let first = Mutex<(index: Int, error: LearningError)?>(nil)

    init(count: Int, body: @escaping @Sendable (Int) throws(LearningError) -> Void) {
      self.count = count
      self.body = body
    }

    var failure: LearningError? { first.withLock { $0?.error } }

    func run() {
      while first.withLock({ $0 == nil }) {
        // Parts are taken in order: all before a failed one are taken, and get done.
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do throws(LearningError) {
          try body(index)
        } catch {
          first.withLock { if $0 == nil || index < $0!.index { $0 = (index, error) } }
        }
      }
    }
  }
}
