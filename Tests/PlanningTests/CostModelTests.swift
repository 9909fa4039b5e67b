import Networks
import Plans
import Tensors
import Testing

@testable import Planning

@Suite("Cost model")
struct CostModelTests {
  /// A board of 1 GFLOP/s in convolutions, 2 in large ones; 1 GB/s from memory and 10 from the cache.
  private let profile = BoardProfile(
    instructionSet: "baseline", block: 8, threads: 1, peakOperationsPerSecond: 2_000_000_000,
    reading: [
      .init(bytes: 1 << 10, bytesPerSecond: 10_000_000_000), .init(bytes: 1 << 20, bytesPerSecond: 1_000_000_000),
    ],
    exposedWeightsPerMille: 500, stepNanoseconds: 1_000,
    curves: [
      CostCurve(
        kind: .convolution, kernel: 3, axes: [[16, 64], [16], [64]], rates: [1_000_000_000, 4_000_000_000]),
      CostCurve(kind: .convolution, kernel: 1, axes: [[16], [16], [64]], rates: [500_000_000]),
      CostCurve(kind: .linear, axes: [[1], [1]], rates: [2_000_000_000]),
      CostCurve(kind: .binary, axes: [[1 << 10]], rates: [1_000_000_000]),
      CostCurve(kind: .moving, axes: [[1 << 10]], rates: [100_000_000]),
    ],
    scaling: [
      .init(threads: 1, nanoseconds: 300), .init(threads: 2, nanoseconds: 200), .init(threads: 4, nanoseconds: 100),
    ],
    links: [])

  private func convolution(channels: Int, rows: Int, side: Int, kernel: Int = 3) -> NodeProfile {
    let weights: Shape = [rows, channels, kernel, kernel]
    return NodeProfile(
      name: "conv", operatorType: "Conv", inputShapes: [[1, channels, side, side], weights],
      inputElements: channels * side * side, outputShape: [1, rows, side, side], parameters: weights.elementCount,
      multiplyAccumulates: weights.elementCount * side * side, taps: kernel * kernel)
  }

  private func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * abs(b) }

  @Test func ratesBetweenPointsAreGeometricMeans() {
    let curve = profile.curves[0]
    #expect(near(curve.rate(at: [16, 16, 64]), 1e9))
    #expect(near(curve.rate(at: [32, 16, 64]), 2e9))
    #expect(near(curve.rate(at: [64, 99, 1]), 4e9))
    // Beyond the ends that of the end.
    #expect(near(curve.rate(at: [1, 16, 64]), 1e9))
    #expect(near(curve.rate(at: [1e9, 1e9, 1e9]), 4e9))
  }

  @Test func logarithmsAreGood() {
    for (x, y) in [(1.0, 0.0), (8, 3), (0.125, -3), (10, 3.321_928_094_887_362_3), (1.5, 0.584_962_500_721_156_2)] {
      #expect(abs(Logarithm.base2(x) - y) < 1e-14)
      #expect(abs(Logarithm.power(y) / x - 1) < 1e-14)
    }
    for x in stride(from: 0.01, to: 1e6, by: 997.77) {
      #expect(abs(Logarithm.power(Logarithm.base2(x)) / x - 1) < 1e-13)
    }
  }

  @Test func allAxesAreInterpolated() {
    let curve = CostCurve(kind: .depthwise, axes: [[2, 8], [1, 16]], rates: [1, 16, 4, 64])
    #expect(near(curve.rate(at: [2, 4]), 4))
    #expect(near(curve.rate(at: [4, 1]), 2))
    #expect(near(curve.rate(at: [4, 4]), 8))
  }

  @Test func aConvolutionTakesItsOperationsAtItsRate() {
    let model = CostModel(profile)
    let node = convolution(channels: 16, rows: 16, side: 8)
    let operations = Double(2 * 16 * 16 * 9 * 64)
    // Weights of 9,216 bytes alone lie where they did when it was measured.
    #expect(near(model.seconds(of: [[node]])[0], 1e-6 + operations / 1e9))
  }

  @Test func aStartedBlockCountsWhole() {
    let model = CostModel(profile)
    let times = model.seconds(of: [9, 16, 17].map { [convolution(channels: 16, rows: $0, side: 8)] })
    let rate = 1e9
    let block = 2 * 8 * 16 * 9 * 64 / rate
    for (time, blocks) in zip(times, [2.0, 2, 3]) {
      // What the weights' way adds is less than half of their reading from memory.
      #expect(time >= 1e-6 + blocks * block && time < 1e-6 + blocks * block + 20e-6)
    }
  }

  @Test func weightsOfALargeNetworkComeFromFarther() {
    let model = CostModel(profile)
    let node = convolution(channels: 16, rows: 16, side: 8)
    let bytes = Double(4 * node.parameters)
    let near = model.seconds(of: [node], within: bytes)
    let far = model.seconds(of: [node], within: 1e9)
    let longer = bytes * (1 / 1e9 - 1 / model.readingRate(bytes)) / 2
    #expect(abs(far - near - longer) < 1e-12)
  }

  @Test func theNearestWindowStandsIn() {
    let model = CostModel(profile)
    let pointwise = convolution(channels: 16, rows: 16, side: 8, kernel: 1)
    #expect(near(model.seconds(of: [[pointwise]])[0], 1e-6 + Double(2 * 16 * 16 * 64) / 5e8))
    let wide = convolution(channels: 16, rows: 16, side: 8, kernel: 11)
    let time = model.seconds(of: [wide], within: 1)
    #expect(near(time, 1e-6 + Double(2 * 16 * 16 * 121 * 64) / 1e9))
  }

  @Test func linearLayersTakeTheirBytes() {
    let model = CostModel(profile)
    let node = NodeProfile(
      name: "fc", operatorType: "Gemm", inputShapes: [[1, 1000], [500, 1000], [500]], inputElements: 1000,
      outputShape: [1, 500], parameters: 500_500, multiplyAccumulates: 500_000)
    // 2 MB: from memory, though the kernel could take twice as much.
    #expect(near(model.seconds(of: [[node]])[0], 1e-6 + 4 * 500_500 / 1e9))
  }

  @Test func viewsAreFreeAndFusedSumsBringTheirOperand() {
    let model = CostModel(profile)
    let view = NodeProfile(
      name: "flat", operatorType: "Flatten", inputShapes: [[1, 16, 8, 8]], inputElements: 1024, outputShape: [1, 1024],
      parameters: 0, multiplyAccumulates: 0)
    let sum = NodeProfile(
      name: "sum", operatorType: "Add", inputShapes: [[1, 16, 8, 8], [1, 16, 8, 8]], inputElements: 2048,
      outputShape: [1, 16, 8, 8], parameters: 0, multiplyAccumulates: 0)
    let conv = convolution(channels: 16, rows: 16, side: 8)
    #expect(model.seconds(of: [[view]]) == [0])
    #expect(near(model.seconds(of: [[sum]])[0], 1e-6 + 3 * 4096 / 1e9))
    let fused = model.seconds(of: [[conv, sum]])[0] - model.seconds(of: [[conv]])[0]
    #expect(abs(fused - 4096 / model.readingRate(4096)) < 1e-12)
  }

  @Test func threadsScaleAsMeasured() {
    let node = [convolution(channels: 16, rows: 16, side: 8)]
    let one = CostModel(profile).seconds(of: [node])[0]
    for (threads, speed) in [(1, 1.0), (2, 1.5), (3, 1.5), (4, 3), (64, 3)] {
      #expect(near(CostModel(profile, threads: threads).seconds(of: [node])[0], one / speed))
    }
  }

  @Test func everyExampleHasAFiniteCost() throws {
    let model = CostModel(profile)
    for network in try ExampleNetworks.all() {
      let times = model.seconds(of: try network.profile().map { [$0] })
      #expect(times.allSatisfy { $0.isFinite && $0 >= 0 } && times.contains { $0 > 0 }, "\(network.name)")
    }
  }
}
