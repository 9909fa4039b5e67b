import Testing

@testable import Mesh

/// The mind takes readings of memory in, and decides nothing by them yet.
@Suite struct MemoryReadingTests {
  @Test func theLastReadingIsKept() throws {
    var fixture = try AgentFixture()
    let reading = MemoryPressure(level: .high, bytesBelowLimit: 5, machineAvailableBytes: 7)
    let effects = fixture.input(.memory(reading))
    #expect(fixture.mind.memory == reading)
    #expect(effects.isEmpty)
  }

  @Test func levelsAreOrderedAndNamed() {
    #expect(MemoryPressure.Level.allCases == MemoryPressure.Level.allCases.sorted())
    for level in MemoryPressure.Level.allCases { #expect(MemoryPressure.Level(name: level.description) == level) }
    #expect(MemoryPressure.Level(name: "much") == nil)
  }
}
