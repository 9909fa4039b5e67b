import Networks
import Tensors
import Testing

@testable import Learning

/// What is left out is random, but the same forward and back.
@Suite struct DropoutTests {
  private static let samples = 4

  private func run(_ shape: Shape, ratio: Float, seed: UInt64) throws -> (run: TrainingRun, inputs: [Float]) {
    var draw = NetworkDraw(seed: seed)
    let x = try draw.anyValue(shape, around: 3)
    let share = draw.builder.constant(Tensor(shape: [], elements: [ratio]))
    let y = try draw.add("Dropout", [x, share])
    let network = try draw.builder.finished(outputs: [y])
    let inputs = (0..<3 * Self.samples).map { _ in draw.number(-1.0...1.0) }
    return (try TrainingRun(network, samples: Self.samples, threads: 2), inputs)
  }

  @Test(arguments: [0.1, 0.5, 0.8] as [Float]) func aShareIsLeftOutAndTheRestIsLarger(ratio: Float) throws {
    let (run, inputs) = try run([1, 20, 5, 5], ratio: ratio, seed: 2)
    let (kept, _) = try self.run([1, 20, 5, 5], ratio: 0, seed: 2)
    let whole = kept.forward([inputs])[0]
    let some = run.forward([inputs], seed: 7)[0]
    #expect(run.forward([inputs], seed: 7)[0] == some)
    #expect(run.forward([inputs], seed: 8)[0] != some)
    let left = zip(some, whole).filter { $0.0 == 0 && $0.1 != 0 }.count
    #expect(abs(Float(left) / Float(whole.count) - ratio) < 0.06)
    for (number, before) in zip(some, whole) where number != 0 {
      #expect(abs(number * (1 - ratio) - before) < 1e-5 * abs(before))
    }
    // Samples do not leave out the same.
    let masks = (0..<Self.samples).map { s in some[s * 500..<(s + 1) * 500].map { $0 == 0 } }
    #expect(Set(masks).count == Self.samples)
  }

  /// Once it is drawn what stays, outputs are linear in each constant: wide differences say the gradient.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func gradientsPassWhatStayed(seed: UInt64) throws {
    let (run, inputs) = try run([1, Int(seed) * 5, 3, 2], ratio: 0.4, seed: seed)
    var draw = NetworkDraw(seed: seed)
    let outputs = run.forward([inputs], seed: seed)[0]
    let weights = outputs.map { _ in draw.number(-1.0...1.0) }
    run.backward([weights])
    let gradients = run.gradients
    let whole = gradients.reduce(0) { max($0, abs($1)) }
    let parameters = run.parameters
    func loss() -> Double {
      zip(run.forward([inputs], seed: seed)[0], weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    #expect(whole > 0.1)
    for _ in 0..<40 {
      let index = draw.number(0...(parameters.count - 1))
      var moved = parameters
      moved[index] += 0.5
      run.parameters = moved
      let above = loss()
      moved[index] -= 1
      run.parameters = moved
      let below = loss()
      run.parameters = parameters
      #expect(abs(Double(gradients[index]) - (above - below)) < 1e-4 * Double(whole), "seed \(seed), number \(index)")
    }
  }
}
