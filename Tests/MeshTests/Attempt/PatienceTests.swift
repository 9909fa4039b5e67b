import Membership
import Mesh
import Testing

@Suite struct PatienceTests {
  struct Case: Sendable, CustomStringConvertible {
    /// Lateness of the slices that came, in microseconds.
    var samples: [Int]
    /// Patience after them, with bounds 250, 1000, 5000.
    var milliseconds: Int
    var description: String { "\(samples) -> \(milliseconds) ms" }
  }

  /// smoothed + 4 * deviation + 250 ms: first sample s gives s + 4 * s/2; then deviation += (|error| - deviation)/4 and
  /// smoothed += error/8.
  static let cases: [Case] = [
    Case(samples: [], milliseconds: 1_000),
    Case(samples: [0], milliseconds: 250),
    Case(samples: [-5_000], milliseconds: 250),
    Case(samples: [100_000], milliseconds: 550),
    Case(samples: [100_000, 100_000], milliseconds: 500),
    Case(samples: [100_000, 100_000, 100_000], milliseconds: 462),
    Case(samples: [100_000, 0], milliseconds: 587),
    Case(samples: [0, 80_000], milliseconds: 340),
    Case(samples: [0, 800_000], milliseconds: 1_150),
    Case(samples: [2_000_000], milliseconds: 5_000),
    Case(samples: [.max], milliseconds: 5_000),
    Case(samples: [.max, .min, .max], milliseconds: 5_000),
  ]

  @Test(arguments: cases)
  func formula(example: Case) {
    var patience = Patience()
    for sample in example.samples { patience.sample(latenessMicroseconds: sample) }
    #expect(patience.milliseconds(Patience.Bounds()) == example.milliseconds)
  }

  @Test func boundsAreInOrder() {
    let bounds = Patience.Bounds(minimumMilliseconds: 400, initialMilliseconds: 100, maximumMilliseconds: 50)
    #expect(bounds.minimumMilliseconds == 400)
    #expect(bounds.initialMilliseconds == 400)
    #expect(bounds.maximumMilliseconds == 400)
  }

  /// As RFC 6298 computes a retransmission timeout: SRTT + 4 * RTTVAR, with gains 1/8 and 1/4.
  @Test(arguments: 1...20)
  func followsTheRetransmissionTimer(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let bounds = Patience.Bounds(minimumMilliseconds: 100, initialMilliseconds: 100, maximumMilliseconds: 3_600_000)
    var patience = Patience()
    var smoothed = 0.0
    var variation = 0.0
    for number in 0..<200 {
      let sample = random.below(1 + random.below(2_000_000))
      if number == 0 {
        smoothed = Double(sample)
        variation = Double(sample) / 2
      } else {
        variation = 0.75 * variation + 0.25 * abs(smoothed - Double(sample))
        smoothed = 0.875 * smoothed + 0.125 * Double(sample)
      }
      patience.sample(latenessMicroseconds: sample)
      let expected = (smoothed + 4 * variation) / 1_000 + 100
      let actual = Double(patience.milliseconds(bounds))
      #expect(abs(actual - expected) <= 2, "seed \(seed), sample \(number)")
    }
  }

  /// A board that is always as late is waited for hardly longer than that.
  @Test func settlesOnASteadyLateness() {
    var patience = Patience()
    for _ in 0..<100 { patience.sample(latenessMicroseconds: 300_000) }
    #expect((550...552).contains(patience.milliseconds(Patience.Bounds())))
  }
}
