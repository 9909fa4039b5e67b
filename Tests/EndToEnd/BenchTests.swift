import Foundation
import Networks
import Plans
import Tensors
import Testing

@testable import edgemesh

@Suite("Benchmarks")
struct BenchTests {
  private struct Figures: Decodable {
    var instructionSet: String
    var threads, runs: Int
    var medianMs, minMs, p90Ms, loadMs, readMs, prepareMs, firstRunMs: Double
    var peakRssMb, weightMb, gflops, shareOfPeak, peakGflops, memoryGbS: Double
  }

  private func figures(_ words: [String]) throws -> Figures {
    let result = try Executable.run(["bench"] + words + ["--seconds", "0.05", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.outputLines.count == 1)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Figures.self, from: Data(result.output.utf8))
  }

  @Test func oneObjectWhoseFiguresFitTogether() throws {
    let figures = try figures(["small"])
    #expect(figures.threads == 1)
    #expect(figures.runs >= 10)
    #expect(0 < figures.minMs)
    #expect(figures.minMs <= figures.medianMs)
    #expect(figures.medianMs <= figures.p90Ms)
    let parts = figures.readMs + figures.prepareMs + figures.firstRunMs
    #expect(parts > 0 && parts <= figures.loadMs + 0.001)
    #expect(figures.peakRssMb > figures.weightMb)
    // 26,640,000 multiply-accumulates or so, as the example's page says.
    let operations = figures.gflops * figures.medianMs * 1e6
    #expect(abs(operations / 2 - 27e6) < 1e6)
    // Figures are rounded as they are printed.
    #expect(abs(figures.shareOfPeak - figures.gflops / figures.peakGflops) < 0.01)
    #expect(figures.memoryGbS > 0)
  }

  @Test func severalThreads() throws {
    let two = try figures(["small", "--threads", "2"])
    #expect(two.threads == 2)
    #expect(two.medianMs > 0)
  }

  @Test(arguments: InstructionSet.available.map(\.rawValue))
  func anyInstructionSetOfTheMachine(_ name: String) throws {
    #expect(try figures(["small", "--isa", name]).instructionSet == name)
  }

  @Test func everyStepHasItsRow() throws {
    let result = try Executable.run(["bench", "small", "--seconds", "0.05"])
    #expect(result.status == 0, "\(result.errors)")
    let steps = try PreparedNetwork(try ExampleNetworks.small()).stepNodes
    // The title, the steps, an empty line, and at least four lines about the whole.
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.firstIndex(of: "") == 1 + steps.count)
    for (nodes, line) in zip(steps, lines.dropFirst()) { #expect(line.hasPrefix(nodes[0])) }
  }

  @Test func whatIsWrongIsSaid() throws {
    for (words, status) in [
      (["no-such-network"], ExitCode.missingInput), (["small", "--threads", "0"], .usage),
      (["small", "--isa", "mmx"], .usage), (["small", "--seconds", "-1"], .usage), ([], .usage),
      (["small", "--rows", "25,,50"], .usage), (["small", "--rows", "0"], .usage),
      (["small", "--profile", "x"], .usage), (["small", "--peer", "localhost:1"], .usage),
      (["small", "--predict", "no-such-profile"], .missingInput),
    ] {
      let result = try Executable.run(["bench"] + words)
      #expect(result.status == status.rawValue)
      #expect(result.output.isEmpty)
      #expect(result.errorLines.count == 1)
    }
  }

  @Test func partsOfStagesAndTheWhole() throws {
    let result = try Executable.run(["bench", "small", "--rows", "25,100", "--seconds", "0.1"])
    #expect(result.status == 0, "\(result.errors)")
    let graph = StageGraph(try AnalysedNetwork(try ExampleNetworks.small()))
    // The title, the stages, their sum, and what the figures mean.
    #expect(result.outputLines.count == graph.stages.count + 3)
    for (stage, line) in zip(graph.stages, result.outputLines.dropFirst()) {
      #expect(line.hasPrefix("\(stage.name) "))
      #expect(line.hasSuffix("100.0 (x1.00)"))
    }
  }

  @Test func everyStageIsForetold() throws {
    let scratch = try Scratch()
    let profile = BoardProfile(
      instructionSet: "baseline", block: 8, threads: 1, peakOperationsPerSecond: 1,
      reading: [.init(bytes: 1, bytesPerSecond: 1_000_000_000)], exposedWeightsPerMille: 0, stepNanoseconds: 0,
      curves: [CostCurve(kind: .convolution, axes: [[1], [1], [1]], rates: [1_000_000_000])], scaling: [], links: [])
    let file = try scratch.file("profile.json", profile.encoded())
    let result = try Executable.run(["bench", "small", "--predict", file, "--seconds", "0.05"])
    #expect(result.status == 0, "\(result.errors)")
    // 2 x 27 million operations at a thousand million a second.
    let whole = try #require(result.outputLines.first { $0.hasPrefix("all ") })
    #expect(whole.contains(" 53."), "\(whole)")
    #expect(result.outputLines.last?.hasPrefix("worst of the stages") == true)

    let damaged = try scratch.file("damaged.json", Array(profile.encoded().dropLast(2)))
    let refused = try Executable.run(["bench", "small", "--predict", damaged])
    #expect(refused.status == ExitCode.badData.rawValue)
    #expect(refused.errorLines.count == 1)
  }

  @Test func middleAndQuantiles() {
    let odd = SampleStatistics([5, 1, 4, 2, 3])
    #expect(odd.least == 1 && odd.median == 3 && odd.quantile(0.9) == 5 && odd.quantile(0.2) == 1)
    #expect(SampleStatistics([4, 1, 2, 3]).median == 2.5)
    #expect(SampleStatistics([7]).quantile(0.9) == 7)
    #expect(SampleStatistics([]).median.isNaN)
  }
}
