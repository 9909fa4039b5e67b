import Glibc
import Networks
import Plans
import Runtime
import Tensors

/// Measures what a board's profile holds.
struct BoardMeasurement {
  let threads: Int
  /// Told what is measured next.
  let progress: (String) -> Void
  private let stopwatch: NodeStopwatch

  init(threads: Int, progress: @escaping (String) -> Void) {
    self.threads = threads
    self.progress = progress
    stopwatch = NodeStopwatch(threads: threads)
  }

  func profile(peers: [HostPort]) throws -> BoardProfile {
    // Whoever cannot be reached is said so before the minute is spent.
    let links = try peers.map { try LinkMeasurement.figures(of: $0) }
    guard let probe = MachineProbe(threads: threads) else {
      throw Failure(.temporary, "the system refuses \(threads) threads")
    }
    progress("the peak of multiply-adds")
    let peak = probe.floatingPointRate(seconds: 0.5)
    progress("memory and caches")
    let available = (ProcessFigures.availableBytes ?? 256 << 20) / 4
    let sizes = stride(from: 14, through: 28, by: 2).map { 1 << $0 }.filter { $0 <= Swift.max(available, 1 << 14) }
    var reading = sizes.map {
      BoardProfile.ReadingRate(bytes: $0, bytesPerSecond: Swift.max(Int(probe.readingRate(bytes: $0, seconds: 0.2)), 1))
    }
    // A larger buffer is not read faster; where it seems so, something disturbed the smaller one.
    for index in reading.indices.reversed().dropFirst() {
      reading[index].bytesPerSecond = Swift.max(reading[index].bytesPerSecond, reading[index + 1].bytesPerSecond)
    }
    let measurement = CurveMeasurement(
      stopwatch: stopwatch, block: InstructionSet.current.block, progress: progress)
    let curves = try measurement.curves()
    progress("weights from memory")
    let exposed = try exposedWeights(probe, reading: reading)
    return BoardProfile(
      instructionSet: InstructionSet.current.rawValue, block: InstructionSet.current.block, threads: threads,
      peakOperationsPerSecond: Swift.max(Int(peak), 1), reading: reading,
      exposedWeightsPerMille: Int((1000 * exposed).rounded()), stepNanoseconds: Int(try stepSeconds() * 1e9),
      curves: curves, scaling: try scaling(),
      links: links)
  }

  /// What the least step takes.
  private func stepSeconds() throws -> Double {
    try stopwatch.seconds(
      [Node(name: "node", operatorType: "Relu", inputs: ["x"], outputs: ["y"])], inputs: [.init(shape: [1, 1, 1, 1])])
  }

  /// Work that stands for a network's, with one thread to as many as there are processors, and with the profile's own.
  private func scaling() throws -> [BoardProfile.ThreadScaling] {
    let most = Swift.min(Processors.available.count, BoardProfileLimits.threads)
    return try Set(1...Swift.max(most, 1)).union([threads]).sorted().map { threads in
      progress("\(threads) \(threads == 1 ? "thread" : "threads")")
      let stopwatch = NodeStopwatch(threads: threads)
      let seconds =
        try convolution(stopwatch, channels: 64, kernel: 3, side: 56)
        + convolution(stopwatch, channels: 256, kernel: 1, side: 28)
        + convolution(stopwatch, channels: 512, kernel: 3, side: 7)
      return .init(threads: threads, nanoseconds: Swift.max(Int(seconds * 1e9), 1))
    }
  }

  private func convolution(
    _ stopwatch: NodeStopwatch, channels: Int, kernel: Int, side: Int, beforeEach: (() -> Void)? = nil
  ) throws -> Double {
    let weights: Shape = [channels, channels, kernel, kernel]
    let node = Node(
      name: "node", operatorType: "Conv", inputs: ["x", "w"], outputs: ["y"],
      attributes: [
        "kernel_shape": .integers([kernel, kernel]),
        "pads": .integers([Int](repeating: kernel / 2, count: 4)),
      ])
    return try stopwatch.seconds(
      [node], inputs: [.init(shape: [1, channels, side, side])],
      constants: ["w": Tensor(shape: weights, elements: [Float](repeating: 0.01, count: weights.elementCount))],
      beforeEach: beforeEach)
  }

  /// How much of the time to bring weights from memory instead of from where they were adds to a convolution's.
  private func exposedWeights(_ probe: borrowing MachineProbe, reading: [BoardProfile.ReadingRate]) throws -> Double {
    guard let memory = reading.last else { return 1 }
    // Copied: a closure cannot hold the probe.
    guard let other = ProbeBox(threads: threads) else { return 1 }
    var shares: [Double] = []
    for (channels, kernel, side) in [(512, 1, 14), (256, 3, 7), (512, 3, 14)] {
      let bytes = 4 * channels * channels * kernel * kernel
      guard bytes < memory.bytes / 4, let near = reading.last(where: { $0.bytes <= bytes }) else { continue }
      let warm = try convolution(stopwatch, channels: channels, kernel: kernel, side: side)
      let cold = try convolution(stopwatch, channels: channels, kernel: kernel, side: side) {
        _ = other.probe.readingRate(bytes: memory.bytes / 2, seconds: 0)
      }
      let longer = Double(bytes) * (1 / Double(memory.bytesPerSecond) - 1 / Double(near.bytesPerSecond))
      if longer > 0 { shares.append((cold - warm) / longer) }
    }
    guard !shares.isEmpty else { return 1 }
    return Swift.min(Swift.max(SampleStatistics(shares).median, 0), 10)
  }
}

/// A probe that closures can share.
private final class ProbeBox {
  let probe: MachineProbe

  init?(threads: Int) {
    guard let probe = MachineProbe(threads: threads) else { return nil }
    self.probe = probe
  }
}
