import Tensors
import Testing

@testable import Learning

/// Pictures whose every pixel says which picture, and where, it is.
struct Numbered: DataSet {
  let name = "numbered"
  var sampleShape: Shape = [1, 1, 4, 5]
  let classNames = ["even", "odd", "never"]
  let count: Int
  /// A picture that cannot be read.
  var broken: Int?

  static let failure = LearningError.unreadableData(path: "numbered", reason: "on purpose")

  func read(_ index: Int, into numbers: UnsafeMutableBufferPointer<Float>) throws(LearningError) -> Int {
    if index == broken { throw Self.failure }
    for position in numbers.indices { numbers[position] = Float(index * numbers.count + position + 1) }
    return index % 2
  }
}

@Suite struct BatchStreamTests {
  private func all(_ stream: BatchStream) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try stream.next() { batches.append(batch) }
    return batches
  }

  private func indices(_ batches: [Batch], length: Int = 20) -> [Int] {
    batches.flatMap { batch in (0..<batch.count).map { (Int(batch.inputs[$0 * length]) - 1) / length } }
  }

  @Test func anEpochVisitsEachSampleOnceInAnOrderThatTheSeedDecides() throws {
    let data = Numbered(count: 103)
    let first = try all(BatchStream(data, batchSize: 10, seed: 5, epoch: 0))
    #expect(first.map(\.count) == [Int](repeating: 10, count: 10))
    #expect(first.map(\.step) == Array(0..<10))
    let visited = indices(first)
    #expect(Set(visited).count == 100)
    #expect(visited != visited.sorted())
    for batch in first {
      #expect(batch.labels == indices([batch]).map { $0 % 2 })
      #expect(batch.targets == batch.labels.flatMap { $0 == 0 ? [1, 0, 0] : [0, 1, 0] as [Float] })
    }
    #expect(try all(BatchStream(data, batchSize: 10, seed: 5, epoch: 0)) == first)
    #expect(try indices(all(BatchStream(data, batchSize: 10, seed: 5, epoch: 1))) != visited)
    #expect(try indices(all(BatchStream(data, batchSize: 10, seed: 6, epoch: 0))) != visited)
  }

  @Test(arguments: [Augmentation.none, .standard, Augmentation(padding: 1, flips: true, cutout: 2, mixup: 0.3)])
  func goesOnAtAnyStepAsIfNothingHadHappened(augmentation: Augmentation) throws {
    let data = Numbered(count: 64)
    let whole = try all(BatchStream(data, batchSize: 7, seed: 1, epoch: 3, augmentation: augmentation))
    #expect(whole.count == 9)
    for step in 0...9 {
      let stream = try BatchStream(data, batchSize: 7, seed: 1, epoch: 3, firstStep: step, augmentation: augmentation)
      #expect(stream.stepCount == 9)
      #expect(try all(stream) == Array(whole.dropFirst(step)))
    }
  }

  @Test func testsInOrderAndToTheLastSample() throws {
    let stream = try BatchStream(inOrder: Numbered(count: 23), batchSize: 10)
    #expect(stream.stepCount == 3)
    let batches = try all(stream)
    #expect(batches.map(\.count) == [10, 10, 3])
    #expect(indices(batches) == Array(0..<23))
    #expect(try stream.next() == nil)
    #expect(try all(BatchStream(inOrder: Numbered(count: 3), batchSize: .max)).map(\.count) == [3])
  }

  @Test func anErrorComesInItsPlaceAndStays() throws {
    let stream = try BatchStream(inOrder: Numbered(count: 40, broken: 25), batchSize: 10)
    #expect(try stream.next()?.step == 0)
    #expect(try stream.next()?.step == 1)
    #expect(throws: Numbered.failure) { try stream.next() }
    #expect(throws: Numbered.failure) { try stream.next() }
  }

  @Test func endsWhenNobodyWantsIt() throws {
    // Each of these leaves a thread waiting for room, and joins it.
    for _ in 0..<50 {
      let stream = try BatchStream(Numbered(count: 1_000), batchSize: 2, seed: 0, epoch: 0)
      _ = try stream.next()
    }
  }

  @Test func refusesWhatCannotBe() throws {
    let data = Numbered(count: 10)
    #expect(throws: LearningError.self) { try BatchStream(data, batchSize: 11, seed: 0, epoch: 0) }
    #expect(throws: LearningError.self) { try BatchStream(data, batchSize: 0, seed: 0, epoch: 0) }
    #expect(throws: LearningError.self) { try BatchStream(inOrder: data, batchSize: 0) }
    #expect(throws: LearningError.self) { try BatchStream(data, batchSize: 5, seed: 0, epoch: 0, firstStep: 3) }
    #expect(throws: LearningError.self) { try BatchStream(data, batchSize: 5, seed: 0, epoch: 0, firstStep: -1) }
    let wide = Augmentation(padding: 5)
    #expect(throws: LearningError.self) { try BatchStream(data, batchSize: 5, seed: 0, epoch: 0, augmentation: wide) }
    let plain = Numbered(sampleShape: [1, 20], count: 10)
    let flips = Augmentation(flips: true)
    #expect(throws: LearningError.self) { try BatchStream(plain, batchSize: 5, seed: 0, epoch: 0, augmentation: flips) }
    #expect(throws: Never.self) {
      try BatchStream(plain, batchSize: 5, seed: 0, epoch: 0, augmentation: Augmentation(mixup: 1))
    }
  }
}
