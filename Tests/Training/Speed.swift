import Foundation
import Learning
import Networks
import Tensors

/// Examples a second of whole training steps, and the time of their parts.
enum Speed {
  static func measure(_ arguments: [String]) throws {
    let name = arguments.first ?? "resnet20"
    let samples = arguments.count > 1 ? Int(arguments[1]) ?? 128 : 128
    let threads = arguments.count > 2 ? Int(arguments[2]) ?? 1 : Processors.threads
    let seconds = arguments.count > 3 ? Double(arguments[3]) ?? 10 : 10
    let network = try Architecture.named(name).network(input: [1, 3, 32, 32], classes: 10, seed: 1)
    let run = try TrainingRun(network, samples: samples, threads: threads)
    var random = SeededRandom(seed: 1)
    let inputs = (0..<samples * 3 * 32 * 32).map { _ in random.unit() }
    var targets = [Float](repeating: 0, count: samples * 10)
    for row in 0..<samples { targets[row * 10 + random.below(10)] = 1 }
    let update = WeightUpdate(
      rule: .sgd(momentum: 0.9, nesterov: true), rate: 0.01, decay: 5e-4, decayedCount: 0)

    func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
    var parts = [Double](repeating: .infinity, count: 4)
    var steps: [Double] = []
    let start = now()
    while now() - start < seconds || steps.count < 3 {
      let t0 = now()
      let outputs = run.forward([inputs])
      let t1 = now()
      let gradient = Loss.crossEntropy()(outputs[0], targets: targets, samples: samples).gradient
      let t2 = now()
      run.backward([gradient])
      let t3 = now()
      run.update(update)
      let t4 = now()
      for (index, part) in [t1 - t0, t2 - t1, t3 - t2, t4 - t3].enumerated() { parts[index] = min(parts[index], part) }
      steps.append(t4 - t0)
    }
    steps.sort()
    let figures = Figures(
      name: name, samples: samples, threads: threads, bytes: run.byteCount, steps: steps, parts: parts,
      operations: 2 * Double(samples) * (try network.profile()).reduce(0) { $0 + Double($1.multiplyAccumulates) },
      peak: MachineProbe(threads: threads)?.floatingPointRate() ?? 0)
    print(arguments.count > 4 && arguments[4] == "json" ? figures.json : figures.text)
  }

  private struct Figures {
    var name: String
    var samples, threads, bytes: Int
    /// Seconds, the least first.
    var steps: [Double]
    /// Of forward, loss, backward and update, the least of each.
    var parts: [Double]
    /// Floating-point operations of a forward pass over the batch; backward counts as twice as many.
    var operations: Double
    /// Floating-point operations a second that the machine can do with as many threads.
    var peak: Double

    var median: Double { steps[steps.count / 2] }

    var json: String {
      """
      {"samples": \(samples), "threads": \(threads), "bytes": \(bytes), "steps": \(steps.count), \
      "median": \(median), "least": \(steps[0]), "forward": \(parts[0]), "backward": \(parts[2]), \
      "update": \(parts[3]), "operations": \(operations), "peak": \(peak)}
      """
    }

    var text: String {
      func milliseconds(_ time: Double) -> String { String(format: "%.2f ms", time * 1e3) }
      func share(_ operations: Double, _ time: Double) -> String {
        String(format: "%.0f %%", 100 * operations / time / peak)
      }
      return """
        \(name): \(samples) samples, \(threads) threads, \(bytes >> 20) MiB, \(steps.count) steps
        step: median \(milliseconds(median)), least \(milliseconds(steps[0])); \
        \(String(format: "%.0f examples/s (median), %.0f (best)", Double(samples) / median, Double(samples) / steps[0]))
        least: forward \(milliseconds(parts[0])), loss \(milliseconds(parts[1])), backward \(milliseconds(parts[2])), \
        update \(milliseconds(parts[3]))
        of the peak of \(String(format: "%.0f", peak * 1e-9)) GFLOP/s: forward \(share(operations, parts[0])), \
        backward \(share(2 * operations, parts[2]))
        """
    }
  }
}
