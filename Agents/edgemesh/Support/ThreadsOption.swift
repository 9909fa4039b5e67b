import Tensors

/// The option that says how many threads compute.
enum ThreadsOption {
  static let option = Option.optional(
    "threads", ValueReader<Int>.integer(in: 1...64),
    "Computes with so many threads (one a processor that it may use, at most 8)")

  static func value(_ arguments: Arguments) -> Int { arguments[option] ?? Processors.threads }
}
