import FoundationEssentials
import Glibc

/// Runs all cases in worker processes and tells which did what must not happen, with the command that repeats it.
struct Supervisor {
  /// How long a case may be silent; beyond that it hangs. Wide, as the machine may be busy with other things: what a
  /// case really takes is measured in processor time.
  static let patienceSeconds = 30
  static let maximumMilliseconds = 1000
  static let maximumMegabytes = 512

  let options: Options
  private var corpus: Corpus
  private var endings: [Ending: Int] = [:]
  private var failures = 0
  private var slowest = (milliseconds: 0, index: 0)
  private var largest = (megabytes: 0, index: 0)

  init(_ options: Options) throws {
    self.options = options
    corpus = try Corpus(folders: options.corpora)
  }

  private struct Lane {
    var child: Child
    var current: Int?
    var next: Int
    var since: Double
  }

  /// Whether nothing was wrong.
  mutating func run() throws -> Bool {
    Worker.say(
      "\(options.cases) cases of seed \(options.seed) from \(corpus.sound.count) files that load and \(corpus.foreign.count) that do not"
    )
    var lanes: [Lane] = []
    for first in 0..<options.workers where first < options.cases { lanes.append(try lane(from: first)) }
    while !lanes.isEmpty {
      var descriptors = lanes.map { pollfd(fd: $0.child.output, events: Int16(POLLIN), revents: 0) }
      poll(&descriptors, nfds_t(descriptors.count), 1000)
      for index in lanes.indices.reversed() {
        let isSilent = descriptors[index].revents == 0
        guard !isSilent || now() - lanes[index].since > Double(Self.patienceSeconds) else { continue }
        if !isSilent, let lines = lanes[index].child.lines() {
          lanes[index].since = now()
          for line in lines { hear(line, in: &lanes[index]) }
          continue
        }
        let lane = lanes.remove(at: index)
        let reason = lane.child.ended(killing: isSilent)
        if let reason {
          guard let broken = lane.current else { throw UsageError("a worker ended before its first case: \(reason)") }
          fail(broken, reason)
        }
        if reason != nil, lane.next < options.cases { lanes.append(try self.lane(from: lane.next)) }
      }
    }
    let words = Ending.allCases.map { "\(endings[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
    Worker.say(
      "\(words); slowest \(slowest.milliseconds) ms (case \(slowest.index)), "
        + "largest \(largest.megabytes) MB (case \(largest.index))")
    Worker.say("\(options.cases) cases, \(failures) failed")
    return failures == 0
  }

  private func lane(from first: Int) throws -> Lane {
    var arguments = ["--worker", "--seed", "\(options.seed)", "--cases", "\(options.cases)"]
    arguments += ["--first", "\(first)", "--stride", "\(options.workers)"]
    for corpus in options.corpora { arguments += ["--corpus", corpus] }
    return Lane(child: try Child(arguments: arguments), current: nil, next: first, since: now())
  }

  private mutating func hear(_ line: String, in lane: inout Lane) {
    let words = line.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count >= 2, let index = Int(words[1]) else { return }
    switch words[0] {
    case "begin":
      lane.current = index
      lane.next = index + options.workers
    case "end":
      let figures = words[2].split(separator: " ")
      guard figures.count == 3, let ending = Ending(rawValue: String(figures[0])),
        let milliseconds = Int(figures[1]), let megabytes = Int(figures[2])
      else { return }
      endings[ending, default: 0] += 1
      if milliseconds > slowest.milliseconds { slowest = (milliseconds, index) }
      if megabytes > largest.megabytes { largest = (megabytes, index) }
      if milliseconds > Self.maximumMilliseconds { fail(index, "it took \(milliseconds) ms of processor time") }
      if megabytes > Self.maximumMegabytes { fail(index, "it took \(megabytes) MB of memory") }
    default: fail(index, words.count > 2 ? words[2] : "something is wrong")
    }
  }

  private mutating func fail(_ index: Int, _ reason: String) {
    failures += 1
    let path = "\(options.keep)/fuzz-\(options.seed)-\(index).onnx"
    try? FileManager.default.createDirectory(atPath: options.keep, withIntermediateDirectories: true)
    let kept = (try? Data(corpus.mutant(seed: options.seed, index: index)).write(to: URL(filePath: path))) != nil
    Worker.say("FAILED case \(index): \(reason)")
    Worker.say("  repeat: Tests/Fuzz/run --seed \(options.seed) --case \(index)\(kept ? "; the file: \(path)" : "")")
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
