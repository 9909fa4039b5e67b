import FoundationEssentials
import Glibc

// Damaged network files, thousands of them: `Tests/Fuzz/run` starts this. See `README.md`.
do {
  let options = try Options(CommandLine.arguments.dropFirst())
  if options.isWorker { try Worker.run(options) }
  if let file = options.file {
    print(try Case.run([UInt8](Data(contentsOf: URL(filePath: file)))))
  } else if let only = options.only {
    let bytes = try Corpus(folders: options.corpora).mutant(seed: options.seed, index: only)
    print("case \(only) of seed \(options.seed): \(bytes.count) bytes")
    print(try Case.run(bytes))
  } else {
    var supervisor = try Supervisor(options)
    exit(try supervisor.run() ? 0 : 1)
  }
} catch {
  let line = Array("fuzz: \(error)\n".utf8)
  _ = write(2, line, line.count)
  exit(error is UsageError ? 64 : 1)
}
