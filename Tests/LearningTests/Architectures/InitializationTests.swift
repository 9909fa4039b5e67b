import Glibc
import Tensors
import Testing

@testable import Learning

@Suite struct InitializationTests {
  /// Mean and deviation of many draws, and the share beyond two deviations.
  static func moments(_ initialization: Initialization) -> (mean: Double, deviation: Double, tails: Double) {
    let numbers = initialization.tensor([200, 500], seed: 3, name: "weights").elements.map(Double.init)
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let deviation = (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)).squareRoot()
    let tails = numbers.filter { abs($0 - mean) > 2 * deviation }.count
    return (mean, deviation, Double(tails) / Double(numbers.count))
  }

  @Test func numbersAreDistributedAsTold() {
    let normal = Self.moments(.normal(deviation: 0.5))
    #expect(abs(normal.mean) < 0.005 && abs(normal.deviation - 0.5) < 0.005)
    #expect(abs(normal.tails - 0.0455) < 0.003)
    // A normal distribution cut at two deviations has 0.8796 of its deviation.
    let truncated = Self.moments(.truncatedNormal(deviation: 0.02))
    #expect(abs(truncated.mean) < 0.0002 && abs(truncated.deviation - 0.0176) < 0.0002)
    let uniform = Self.moments(.uniform(bound: 3))
    #expect(abs(uniform.mean) < 0.03 && abs(uniform.deviation - 3 / 3.0.squareRoot()) < 0.02)
    #expect(uniform.tails == 0)
    let he = Self.moments(.he(fan: 50))
    #expect(abs(he.deviation - 0.2) < 0.002)
    let xavier = Self.moments(.xavier(inputs: 30, outputs: 20))
    #expect(abs(xavier.deviation - 0.2) < 0.002)
  }

  @Test func nothingIsBeyondTwoDeviationsOnceTruncated() {
    let numbers = Initialization.truncatedNormal(deviation: 1).tensor([10_000], seed: 1, name: "x").elements
    let largest = numbers.map { abs($0) }.max() ?? 0
    #expect(largest <= 2 && largest > 1.9)
  }

  @Test func theLogarithmIsExactToItsLastBits() {
    var generator = WeightGenerator(seed: 1, name: "x")
    for exponent in -60...3 {
      let x = abs(generator.nextUniform()) * pow(2, Double(exponent)) + 1e-300
      #expect(abs(WeightGenerator.logarithm(x) - log(x)) <= 4 * abs(log(x)).ulp + 1e-17, "\(x)")
    }
    #expect(WeightGenerator.logarithm(1) == 0)
  }

  /// The first numbers of a seed are part of what "the same seed" means: files that were made stay what they are.
  @Test func aSeedsNumbersStayWhatTheyAre() {
    let numbers = Initialization.normal(deviation: 1).tensor([3], seed: 42, name: "conv1.weight").elements
    #expect(numbers == [-0.581_916_5, -1.275_970_7, -1.426_057_9])
    let other = Initialization.normal(deviation: 1).tensor([3], seed: 42, name: "conv2.weight").elements
    #expect(other != numbers)
  }
}
