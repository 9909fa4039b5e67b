import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct GradientTests {
  @Test func aConvolutionWithNormalizationAndShortcut() throws {
    var b = NetworkBuilder(name: "n", input: [1, 5, 9, 7], seed: 3)
    var x = try b.convolution("input", channels: 18, kernel: 3, stride: 2)
    let shortcut = x
    x = try b.batchNormalization(x)
    x = try b.add("Relu", [x])
    x = try b.convolution(x, channels: 18, kernel: 3)
    x = try b.add("Add", [x, shortcut])
    x = try b.add("Relu", [x])
    x = try b.add("GlobalAveragePool", [x])
    x = try b.add("Flatten", [x])
    let check = try GradientCheck(try b.finished(outputs: [x]), seed: 5)
    #expect(check.worstOutput < 1e-5)
    #expect(check.worst < 1e-4, "\(check.worstName)")
    #expect(check.checked > 50)
  }

  /// Networks of a kind: without optimisation a few have to do.
  #if DEBUG
    private static let most = 2
  #else
    private static let most = 100
  #endif

  /// Networks are drawn from seeds 1, 2, ...: a failing one can be drawn again.
  @Test(arguments: OperatorCase.all) func gradientsAsDifferencesSayThem(_ operatorCase: OperatorCase) throws {
    var (checked, bent, output, gradient, worstSeed) = (0, 0, 0.0, 0.0, UInt64(0))
    let networks = min(Self.most, operatorCase.networks)
    for seed in 1...UInt64(networks) {
      var draw = NetworkDraw(seed: seed)
      let outputs = try operatorCase.build(&draw)
      let network = try draw.builder.finished(outputs: outputs)
      let check = try GradientCheck(network, threads: Int(seed % 2) + 1, seed: seed, most: operatorCase.most)
      #expect(check.worstOutput < 1e-5, "seed \(seed)")
      #expect(check.worst < 1e-4, "seed \(seed), \(check.worstName)")
      #expect(check.checked > 0, "seed \(seed)")
      checked += check.checked
      bent += check.bent
      output = max(output, check.worstOutput)
      if check.worst >= gradient { (gradient, worstSeed) = (check.worst, seed) }
    }
    // Bends are rare: nothing hides behind them.
    #expect(bent * 10 <= checked)
    func short(_ number: Double) -> String { "\(Float(number * 1e7).rounded() / 10)e-6" }
    print(
      "gradients: \(operatorCase.name): \(networks) networks, \(checked) numbers, \(bent) at bends, "
        + "output \(short(output)), gradient \(short(gradient)) (seed \(worstSeed))")
  }

  /// What is computed a second time rather than kept has the same bits.
  @Test(arguments: OperatorCase.all) func recomputedValuesAreTheSame(_ operatorCase: OperatorCase) throws {
    var draw = NetworkDraw(seed: 3)
    let outputs = try operatorCase.build(&draw)
    let network = try draw.builder.finished(outputs: outputs)
    let inputs = (0..<9).map { _ in draw.number(-1.0...1.0) }
    let layout = ParameterLayout(network)
    let least = try Recomputation.levels.map { level in
      try TrainingGraph(network, samples: 3, layout: layout, recomputation: Recomputation(level: level))
        .program.valueBytes
    }.min()
    func gradients(_ limit: Int) throws -> [UInt32] {
      let run = try TrainingRun(network, samples: 3, threads: 1, memoryLimit: limit)
      run.backward(run.forward([inputs]))
      return run.gradients.map(\.bitPattern)
    }
    let sparing = try gradients(try #require(least))
    #expect(try sparing == gradients(.max))
  }
}
