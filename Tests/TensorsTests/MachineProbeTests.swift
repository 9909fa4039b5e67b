import Testing

@testable import Tensors

@Suite("What the machine can do")
struct MachineProbeTests {
  @Test(arguments: InstructionSet.available, [1, 3])
  func ratesArePositiveAndFinite(_ set: InstructionSet, _ threads: Int) {
    guard let probe = MachineProbe(threads: threads, on: set) else {
      Issue.record("\(threads) threads are refused")
      return
    }
    let rate = probe.floatingPointRate(seconds: 0.01)
    // Ten operations a second are what no machine is too slow for, 10^15 what none reaches.
    #expect(rate > 10 && rate < 1e15)
    // Also less than one unit, and what does not divide by it.
    for bytes in [0, 1, 4 << 10, (1 << 20) + 12] {
      let rate = probe.readingRate(bytes: bytes, seconds: 0.005)
      #expect(rate > 10 && rate < 1e15)
    }
  }

  @Test func noThreadsAreRefused() {
    for threads in [0, 65] { if MachineProbe(threads: threads) != nil { Issue.record("\(threads) are taken") } }
  }
}
