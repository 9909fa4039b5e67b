/// What is wrong with the command line or the machine, in one line.
struct UsageError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

struct Options {
  /// Drawn anew where none is given.
  var seed = UInt64.random(in: 0...0xFFFF_FFFF)
  var cases = 3000
  /// Just this case, in this process.
  var only: Int?
  /// A file to drive as it is, in this process.
  var file: String?
  var corpora: [String] = []
  var workers = 2
  /// Where the files of failed cases are kept.
  var keep = ".build/fuzz"
  var isWorker = false
  var first = 0
  var stride = 1

  init(_ arguments: some Sequence<String>) throws {
    var arguments = Array(arguments)[...]
    while let argument = arguments.popFirst() {
      if argument == "--worker" {
        isWorker = true
        continue
      }
      guard argument.hasPrefix("--") else { throw UsageError("there is no use for '\(argument)'") }
      guard let value = arguments.popFirst() else { throw UsageError("\(argument) needs a value") }
      func number(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(value), range.contains(number) else {
          throw UsageError("\(argument) takes a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
      }
      switch argument {
      case "--seed":
        guard let number = UInt64(value) else { throw UsageError("--seed takes a number of 64 bits") }
        seed = number
      case "--cases": cases = try number(1...1_000_000_000)
      case "--case": only = try number(0...1_000_000_000)
      case "--file": file = value
      case "--corpus": corpora.append(value)
      case "--workers": workers = try number(1...64)
      case "--keep": keep = value
      case "--first": first = try number(0...1_000_000_000)
      case "--stride": stride = try number(1...64)
      default: throw UsageError("there is no option \(argument)")
      }
    }
  }
}
