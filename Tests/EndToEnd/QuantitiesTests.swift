import Testing

@testable import edgemesh

@Suite("Quantities, JSON and tables")
struct QuantitiesTests {
  static let sizes: [(text: String, bytes: Int?)] = [
    ("0", 0), ("4096", 4096), ("64M", 64 << 20), ("1GiB", 1 << 30), ("1.5K", 1536), ("200MB", 200_000_000),
    ("8 KiB", 8192), ("2T", 2 << 40), ("", nil), ("M", nil), ("-1", nil), ("1e9", nil), ("1X", nil), ("1.", nil),
    (".5M", nil), ("99999999T", nil), ("1.2.3", nil), ("٣", nil), ("0x10", nil), ("123456789012345678901", nil),
  ]

  @Test(arguments: sizes) func byteSizes(_ size: (text: String, bytes: Int?)) {
    #expect(ByteSize.parse(size.text) == size.bytes)
  }

  static let spans: [(text: String, span: Duration?)] = [
    ("10s", .seconds(10)), ("250ms", .milliseconds(250)), ("1.5m", .seconds(90)), ("2h", .seconds(7200)),
    ("0s", .zero), ("17us", .microseconds(17)), ("1d", .seconds(86_400)), ("10", nil), ("s", nil), ("-1s", nil),
    ("1 fortnight", nil), ("99999999d", nil),
  ]

  @Test(arguments: spans) func timeSpans(_ span: (text: String, span: Duration?)) {
    #expect(TimeSpan.parse(span.text) == span.span)
  }

  static let formatted: [(given: String, expected: String)] = [
    (ByteSize.format(0), "0 B"), (ByteSize.format(1023), "1023 B"), (ByteSize.format(4_950_000), "4.72 MiB"),
    (ByteSize.format(1 << 30), "1.00 GiB"), (ByteSize.format(150 << 10), "150 KiB"),
    (TimeSpan.format(.zero), "0 s"), (TimeSpan.format(.microseconds(850)), "850 us"),
    (TimeSpan.format(.microseconds(12_440)), "12.4 ms"), (TimeSpan.format(.microseconds(999_600)), "1.00 s"),
    (TimeSpan.format(.milliseconds(3200)), "3.20 s"), (TimeSpan.format(.seconds(320)), "5m 20s"),
    (TimeSpan.format(.seconds(7260)), "2h 1m"), (Quantity.fixed(-0.004, decimals: 2), "0.00"),
    (Quantity.fixed(-1.04, decimals: 1), "-1.0"), (Quantity.fixed(.nan, decimals: 1), "nan"),
    (Quantity.fixed(12.05, decimals: 3), "12.050"),
  ]

  @Test(arguments: formatted) func formatting(_ pair: (given: String, expected: String)) {
    #expect(pair.given == pair.expected)
  }

  @Test func jsonLines() {
    let value: JSON = [
      "z": 1, "a": "tab\t \"quoted\" \\ \u{1} \u{2028} é🙂", "n": nil, "t": true, "f": .number(0.1),
      "whole": .number(3), "small": .number(1e-9), "nan": .number(.nan), "rounded": .number(2.0 / 3, decimals: 3),
      "single": .single(0.1), "infinite": .single(.infinity), "list": [1, [], [:]],
    ]
    #expect(
      value.line == #"{"z":1,"a":"tab\t \"quoted\" \\ \u0001 \u2028 é🙂","n":null,"t":true,"f":0.1,"#
        + #""whole":3,"small":1e-09,"nan":null,"rounded":0.667,"single":0.1,"infinite":null,"list":[1,[],{}]}"#)
  }

  @Test func tables() {
    var table = TextTable([.left("input", width: 8), .right("ms")])
    table.append(["a\nb.jpg", "1.5"])
    table.append(["c"])
    #expect(table.rendered == "input      ms\na\\nb.jpg  1.5\nc")
    #expect(table.streamedTitle == "input     ms")
    #expect(table.streamed(["x", "12"]) == "x         12")
  }

  static let names: [(typed: String, found: String?)] = [
    ("infre", "infer"), ("statsu", "status"), ("dep", "deploy"), ("x", nil), ("running", nil), ("plam", "plan"),
  ]

  @Test(arguments: names) func nearestNames(_ name: (typed: String, found: String?)) {
    #expect(NearestName.find(name.typed, in: ["join", "plan", "deploy", "infer", "run", "status"]) == name.found)
  }
}
