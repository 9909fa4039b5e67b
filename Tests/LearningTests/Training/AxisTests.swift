import Testing

@testable import Learning

@Suite struct AxisTests {
  /// What is written beside the marks of an axis that holds these values.
  static let cases: [(values: [Double], isWhole: Bool, range: ClosedRange<Double>, labels: [String])] = [
    ([0, 2.31], false, 0...1e12, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
    ([0, 0.043], false, 0...1e12, ["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"]),
    ([0, 7e6], false, 0...1e12, ["0", "2000000", "4000000", "6000000", "8000000"]),
    ([61.2, 93.4], false, 0...100, ["60", "70", "80", "90", "100"]),
    ([99.1, 99.4], false, 0...100, ["99.1", "99.2", "99.3", "99.4"]),
    ([100], false, 0...100, ["75", "80", "85", "90", "95", "100"]),
    ([0], false, 0...100, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ([], false, 0...100, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ([0, 1], true, 0...1e12, ["0", "1"]),
    ([0, 3], true, 0...1e12, ["0", "1", "2", "3"]),
    ([0, 160], true, 0...1e12, ["0", "50", "100", "150", "200"]),
    ([0, .infinity, .nan, 3], true, 0...1e12, ["0", "1", "2", "3"]),
  ]

  @Test(arguments: cases.indices) func marksAreRound(_ index: Int) {
    let test = Self.cases[index]
    let axis = Axis(holding: test.values, isWhole: test.isWhole, within: test.range)
    #expect(axis.ticks.map(\.label) == test.labels)
    for value in test.values where value.isFinite { #expect(axis.low <= value && value <= axis.high) }
    #expect(axis.position(axis.low) == 0 && axis.position(axis.high) == 1)
  }

  @Test func numbersAreRoundedToTheirDigits() {
    let cases: [(Double, Int, String)] = [
      (0.125, 2, "0.13"), (-0.125, 2, "-0.13"), (-0.001, 2, "0.00"), (12.0, 0, "12"), (0.05, 1, "0.1"),
      (1.999, 2, "2.00"), (3.007, 3, "3.007"), (1e300, 1, "1e+300"),
    ]
    for (number, digits, text) in cases { #expect(fixed(number, digits: digits) == text) }
  }
}
