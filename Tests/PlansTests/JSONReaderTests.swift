import Testing

@testable import Plans

@Suite struct JSONReaderTests {
  /// A slice's end may be the least number there is.
  @Test(arguments: [Int.min, .min + 1, -10, 0, 7, .max])
  func readsEveryInteger(_ number: Int) throws {
    var reader = JSONReader(Array("\(number)".utf8))
    let found = try reader.integer(in: .min ... .max)
    #expect(found == number)
  }

  @Test(arguments: ["9223372036854775808", "-9223372036854775809", "-99999999999999999999", "-", "1.5", "-01"])
  func refusesWhatIsNone(_ text: String) {
    #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(text.utf8))
      _ = try reader.integer(in: .min ... .max)
    }
  }
}
