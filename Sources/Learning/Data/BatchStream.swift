/// The batches of one epoch, made ahead on a thread of their own that ends when the stream is let go of.
///
/// What a batch holds depends on the data set, the seed, the epoch and the batch's number alone: an epoch taken up at
/// step k goes on with the very batches that it would have had.
public final class BatchStream: Sendable {
  /// Batches that wait, at most.
  public static let batchesAhead = 3

  /// The number of batches of the whole epoch, the ones before the first step included.
  public let stepCount: Int
  private let queue: BatchQueue
  private let thread: BackgroundThread

  /// The batches to train on: in an order that `seed` and `epoch` decide, from batch `firstStep` on, varied by
  /// `augmentation`. The samples that do not fill a last batch are left out of this epoch.
  public convenience init(
    _ data: any DataSet, batchSize: Int, seed: UInt64, epoch: Int, firstStep: Int = 0,
    augmentation: Augmentation = .none
  ) throws(LearningError) {
    guard batchSize >= 1, batchSize <= data.count else {
      throw .mismatch(
        "a batch of \(batchSize) cannot be filled: \(data.name) holds \(data.count) samples; name a batch size from 1 "
          + "to that")
    }
    let steps = data.count / batchSize
    guard (0...steps).contains(firstStep) else {
      throw .mismatch("there is no step \(firstStep): an epoch of \(data.name) has \(steps) steps of \(batchSize)")
    }
    try augmentation.check(data)
    var random = SeededRandom(seed: seed, Purpose.order, epoch)
    let maker = BatchMaker(
      data: data, batchSize: batchSize, seed: seed, epoch: epoch, augmentation: augmentation,
      order: random.permutation(data.count))
    try self.init(maker, steps: firstStep..<steps)
  }

  /// The batches to test with: all samples as they are, in their order; the last batch may be smaller.
  public convenience init(inOrder data: any DataSet, batchSize: Int) throws(LearningError) {
    guard batchSize >= 1 else { throw .mismatch("a batch holds at least 1 sample, not \(batchSize)") }
    let size = min(batchSize, max(data.count, 1))
    let maker = BatchMaker(
      data: data, batchSize: size, seed: 0, epoch: 0, augmentation: .none, order: Array(0..<data.count))
    try self.init(maker, steps: 0..<(data.count + size - 1) / size)
  }

  private init(_ maker: BatchMaker, steps: Range<Int>) throws(LearningError) {
    let queue = BatchQueue(capacity: Self.batchesAhead)
    let thread = BackgroundThread.start {
      do throws(LearningError) {
        for step in steps {
          guard let batch = try maker.batch(step, isCancelled: { queue.isCancelled }), queue.put(batch) else { return }
        }
        queue.finish(.success(()))
      } catch {
        queue.finish(.failure(error))
      }
    }
    guard let thread else {
      throw .mismatch("no thread can be started to make batches; raise the limit of tasks or memory")
    }
    self.stepCount = steps.upperBound
    self.queue = queue
    self.thread = thread
  }

  /// The next batch, as soon as it is made; nil after the last. An error in reading a sample comes where its batch would
  /// have been, and again at each later call.
  public func next() throws(LearningError) -> Batch? { try queue.take() }

  // The thread is joined after this, as the stored properties go.
  deinit { queue.stop() }
}
