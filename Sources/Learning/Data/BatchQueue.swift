import Glibc

/// A few batches between the thread that makes them and the one that uses them. Either side waits for the other; after
/// the last batch, an error or `stop` nobody waits any more.
final class BatchQueue: @unchecked Sendable {
  // All of it is read and written under `mutex` only.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let capacity: Int
  private var batches: [Batch] = []
  private var isStopped = false
  /// How it ended: nil while it goes on.
  private var end: Result<Void, LearningError>?

  init(capacity: Int) {
    self.capacity = capacity
    mutex.initialize(to: pthread_mutex_t())
    changed.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  /// Waits for room. False where nobody wants batches any more.
  func put(_ batch: Batch) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while batches.count >= capacity, !isStopped { pthread_cond_wait(changed, mutex) }
    if isStopped { return false }
    batches.append(batch)
    pthread_cond_broadcast(changed)
    return true
  }

  /// No batch follows.
  func finish(_ end: Result<Void, LearningError>) {
    pthread_mutex_lock(mutex)
    self.end = end
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  /// The next batch; nil after the last. An error comes after the batches that were made before it, and stays.
  func take() throws(LearningError) -> Batch? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while batches.isEmpty, end == nil, !isStopped { pthread_cond_wait(changed, mutex) }
    if !batches.isEmpty {
      pthread_cond_broadcast(changed)
      return batches.removeFirst()
    }
    try end?.get()
    return nil
  }

  /// Nobody wants batches any more.
  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    batches = []
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  var isCancelled: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return isStopped
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }
}
