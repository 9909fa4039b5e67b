import Testing

@testable import Plans

@Suite("A board's profile")
struct BoardProfileTests {
  static let profile = BoardProfile(
    instructionSet: "avx2", block: 8, threads: 2, peakOperationsPerSecond: 121_000_000_000,
    reading: [.init(bytes: 4096, bytesPerSecond: 9), .init(bytes: 1 << 30, bytesPerSecond: 3)],
    exposedWeightsPerMille: 431, stepNanoseconds: 250,
    curves: [
      CostCurve(kind: .convolution, kernel: 3, stride: 2, axes: [[3, 16], [8], [1, 2]], rates: [1, 2, 3, 4]),
      CostCurve(kind: .softmax, axes: [[7]], rates: [1 << 60]),
    ],
    scaling: [.init(threads: 1, nanoseconds: 10), .init(threads: 2, nanoseconds: 6)],
    links: [
      .init(peer: "board-1:7707", leastRoundTripNanoseconds: 90_000, medianRoundTripNanoseconds: 100_000)
    ])

  private var text: String { String(decoding: Self.profile.encoded(), as: UTF8.self) }

  @Test func whatIsWrittenIsRead() throws {
    #expect(try BoardProfile(decoding: Self.profile.encoded()) == Self.profile)
  }

  static let damages: [(String, String)] = [
    ("\"formatVersion\":1", "\"formatVersion\":2"), ("\"block\":8", "\"block\":0"),
    ("\"threads\":2}", "\"threads\":65}"),
    ("\"block\":8,", ""), ("\"block\":8", "\"block\":8,\"board\":8"), ("[1,2,3,4]", "[1,2,3]"),
    ("[1,2,3,4]", "[1,2,3,0]"),
    ("[3,16]", "[16,3]"), ("[3,16]", "[3,3]"), ("[[7]]", "[[7],[7]]"), ("[[7]]", "[[]]"), ("softmax", "softermax"),
    ("\"bytes\":4096", "\"bytes\":1073741824"), ("\"kernel\":3", "\"kernel\":3.5"), ("}\n", "} {}\n"),
  ]

  @Test(arguments: damages)
  func whatIsDamagedIsRefused(_ damage: (String, String)) {
    #expect(text.contains(damage.0))
    let damaged = text.replacing(damage.0, with: damage.1, maxReplacements: 1)
    #expect(throws: BoardProfileError.self) { try BoardProfile(decoding: Array(damaged.utf8)) }
  }

  @Test func everyPrefixIsRefused() {
    let bytes = Self.profile.encoded()
    for count in 0..<bytes.count - 2 {
      #expect(throws: BoardProfileError.self) { try BoardProfile(decoding: Array(bytes[..<count])) }
    }
  }
}
