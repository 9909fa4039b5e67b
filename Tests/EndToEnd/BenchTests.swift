import Foundation
import Networks
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
      (["small", "--isa", "mmx"], .usage), (["small", "--seconds", "-1"], .usage),
    ] {
      let result = try Executable.run(["bench"] + words)
      #expect(result.status == status.rawValue)
      #expect(result.output.isEmpty)
      #expect(result.errorLines.count == 1)
    }
  }

  @Test func middleAndQuantiles() {
    let odd = SampleStatistics([5, 1, 4, 2, 3])
    #expect(odd.least == 1 && odd.median == 3 && odd.quantile(0.9) == 5 && odd.quantile(0.2) == 1)
    #expect(SampleStatistics([4, 1, 2, 3]).median == 2.5)
    #expect(SampleStatistics([7]).quantile(0.9) == 7)
    #expect(SampleStatistics([]).median.isNaN)
  }
}
