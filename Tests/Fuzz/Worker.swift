import Glibc

/// A process that runs cases one after the other and says before each which it is, so that a crash has a name.
///
/// Lines on its output: `begin INDEX`, then `end INDEX ENDING MILLISECONDS MEGABYTES` or `wrong INDEX REASON`.
enum Worker {
  static func run(_ options: Options) throws -> Never {
    // What a case may address at all: beyond, the process ends, and the case is named.
    var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    let corpus = try Corpus(folders: options.corpora)
    for index in stride(from: options.first, to: options.cases, by: options.stride) {
      say("begin \(index)")
      let bytes = corpus.mutant(seed: options.seed, index: index)
      do {
        let measure = try Case.run(bytes)
        say("end \(index) \(measure.ending.rawValue) \(measure.milliseconds) \(measure.megabytes)")
      } catch {
        say("wrong \(index) \("\(error)".prefix(500).map { $0.isNewline ? " " : String($0) }.joined())")
      }
    }
    exit(0)
  }

  /// A line, at once.
  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
  }
}
