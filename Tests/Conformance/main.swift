import FoundationEssentials
import Glibc

/// What is wrong with the command line, in one line.
struct UsageError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

func report(_ test: TestFolder, _ line: String) { print("\(test.name): \(line)") }

/// Runs the tests of one folder and prints failures, skips by reason and the summary; whether none failed.
func run(_ folder: String, exceptions: Exceptions, listing: Bool, exporter: inout Exporter?) throws -> Bool {
  let tests = try TestFolder.all(in: folder)
  guard !tests.isEmpty else { throw UsageError("\(folder) has no folders with a model.onnx") }
  var passed = 0
  var failed = 0
  var bindings: [String: Int] = [:]
  var skips: [String: [String]] = [:]
  for type in exceptions.stale {
    failed += 1
    print("operator:\(type): FAILED: it is there, but is listed as an exception; take it off the list")
  }
  for test in tests {
    switch Verdict(of: test, exceptions: exceptions) {
    case .passed(let binding, let attempt, let outputs):
      passed += 1
      bindings[binding.rawValue, default: 0] += 1
      if listing { report(test, "passed, \(binding.rawValue)") }
      try exporter?.write(attempt, named: test.name, outputs: outputs)
    case .failed(let reason):
      failed += 1
      report(test, "FAILED: \(reason)")
    case .skipped(let reason, let detail):
      skips[reason, default: []].append(test.name)
      if listing { report(test, "skipped: \(reason)\(detail.isEmpty ? "" : " (\(detail))")") }
    }
  }
  for (binding, count) in bindings.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
    print("passed with \(binding): \(count)")
  }
  for (reason, names) in skips.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
    print("skipped \(names.count): \(reason)")
  }
  if let exporter {
    for (name, reason) in exporter.refused { print("\(name): not in opset 17: \(reason)") }
    print("\(exporter.written) exported, \(exporter.refused.count) that opset 17 cannot say")
  }
  print("\(passed) passed, \(failed) failed, \(skips.values.reduce(0) { $0 + $1.count }) skipped")
  return failed == 0
}

do {
  var folder: String?
  var exceptions = Exceptions()
  var listing = false
  var isComplete = false
  var exporter: Exporter?
  var arguments = CommandLine.arguments.dropFirst()
  while let argument = arguments.popFirst() {
    switch argument {
    case "--list": listing = true
    case "--complete": isComplete = true
    case "--exceptions":
      guard let path = arguments.popFirst() else { throw UsageError("--exceptions needs a file") }
      exceptions = try Exceptions(contentsOf: path)
    case "--export":
      guard let path = arguments.popFirst() else { throw UsageError("--export needs a folder") }
      exporter = try Exporter(folder: path)
      try exporter?.writeExamples()
    case _ where argument.hasPrefix("-"): throw UsageError("there is no option \(argument)")
    default: folder = argument
    }
  }
  guard let folder else {
    throw UsageError("usage: conformance FOLDER [--exceptions FILE] [--complete] [--export FOLDER] [--list]")
  }
  exceptions.isComplete = isComplete
  exit(try run(folder, exceptions: exceptions, listing: listing, exporter: &exporter) ? 0 : 1)
} catch {
  let line = Array("conformance: \(error)\n".utf8)
  _ = write(2, line, line.count)
  exit(64)
}
