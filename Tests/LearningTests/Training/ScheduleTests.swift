import Testing

@testable import Learning

@Suite struct ScheduleTests {
  @Test(arguments: Schedule.allCases, [1, 2, 7, 1000]) func sharesLieWithinTheRate(_ schedule: Schedule, steps: Int) {
    for warmUp in [0, 3] {
      let shares = (0..<steps).map { schedule.share(at: $0, of: steps, warmUp: warmUp) }
      #expect(shares.allSatisfy { $0 > 0 && $0 <= 1 })
    }
  }

  @Test func cosineFallsToNothing() {
    let shares = (0...100).map { Schedule.cosine.share(at: $0, of: 100) }
    #expect(shares[0] == 1)
    #expect(abs(shares[50] - 0.5) < 1e-12)
    #expect(abs(shares[100]) < 1e-12)
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func oneCycleClimbsThenFalls() {
    let shares = (0...100).map { Schedule.oneCycle.share(at: $0, of: 100) }
    #expect(abs(shares[0] - 0.04) < 1e-12)
    #expect(abs(shares[30] - 1) < 1e-12)
    #expect(abs(shares[100]) < 1e-12)
    #expect(zip(shares[...30], shares[1...30]).allSatisfy { $0 < $1 })
    #expect(zip(shares[30...], shares[31...]).allSatisfy { $0 > $1 })
  }

  @Test func stepsFallByTens() {
    let shares = [0, 49, 50, 74, 75, 99].map { Schedule.step.share(at: $0, of: 100) }
    #expect(shares == [1, 1, 0.1, 0.1, 0.01, 0.01])
    #expect(Schedule.constant.share(at: 99, of: 100) == 1)
  }

  @Test(arguments: Schedule.allCases) func warmUpClimbsFromNothing(_ schedule: Schedule) {
    for step in 0..<4 {
      let whole = schedule.share(at: step, of: 1000)
      #expect(schedule.share(at: step, of: 1000, warmUp: 4) == whole * Double(step + 1) / 4)
    }
    #expect(schedule.share(at: 4, of: 1000, warmUp: 4) == schedule.share(at: 4, of: 1000))
  }
}
