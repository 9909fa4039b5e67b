import FoundationEssentials
import Glibc

/// What is wrong with the command line, in one line.
struct UsageError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

func report(_ test: TestFolder, _ line: String) { print("\(test.name): \(line)") }

/// Runs the tests of one folder and prints failures, skips by reason and the summary; whether none failed.
func run(_ folder: String, exceptions: Exceptions, listing: Bool) throws -> Bool {
  let tests = try TestFolder.all(in: folder)
  guard !tests.isEmpty else { throw UsageError("\(folder) has no folders with a model.onnx") }
  var passed = 0
  var failed = 0
  var bindings: [String: Int] = [:]
  var skips: [String: [String]] = [:]
  for test in tests {
    switch Verdict(of: test, exceptions: exceptions) {
    case .passed(let binding):
      passed += 1
      bindings[binding.rawValue, default: 0] += 1
      if listing { report(test, "passed, \(binding.rawValue)") }
    case .failed(let reason):
      failed += 1
      report(test, "FAILED: \(reason)")
    case .skipped(let reason):
      skips[reason, default: []].append(test.name)
      if listing { report(test, "skipped: \(reason)") }
    }
  }
  for (binding, count) in bindings.sorted(by: { $0.value > $1.value }) { print("passed with \(binding): \(count)") }
  for (reason, names) in skips.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
    print("skipped for \(reason): \(names.count)")
  }
  print("\(passed) passed, \(failed) failed, \(skips.values.reduce(0) { $0 + $1.count }) skipped")
  return failed == 0
}

do {
  var folder: String?
  var exceptions = Exceptions()
  var listing = false
  var arguments = CommandLine.arguments.dropFirst()
  while let argument = arguments.popFirst() {
    switch argument {
    case "--list": listing = true
    case "--exceptions":
      guard let path = arguments.popFirst() else { throw UsageError("--exceptions needs a file") }
      exceptions = try Exceptions(contentsOf: path)
    case _ where argument.hasPrefix("-"): throw UsageError("there is no option \(argument)")
    default: folder = argument
    }
  }
  guard let folder else { throw UsageError("usage: conformance FOLDER [--exceptions FILE] [--list]") }
  exit(try run(folder, exceptions: exceptions, listing: listing) ? 0 : 1)
} catch {
  let line = Array("conformance: \(error)\n".utf8)
  _ = write(2, line, line.count)
  exit(64)
}
