import Tensors

extension Benchmark {
  /// The one object that `--json` prints.
  var json: JSON {
    [
      "network": .string(name), "instruction_set": .string(instructionSet.rawValue),
      "weight_type": .string(weightType.rawValue),
      "threads": .integer(Int64(threads)),
      "median_ms": milliseconds(runs.median), "min_ms": milliseconds(runs.least),
      "p90_ms": milliseconds(runs.quantile(0.9)), "runs": .integer(Int64(runs.count)),
      "load_ms": milliseconds(load.total), "read_ms": milliseconds(load.read),
      "prepare_ms": milliseconds(load.prepare), "first_run_ms": milliseconds(load.firstRun),
      "peak_rss_mb": peakResidentBytes.map { megabytes($0) } ?? .null,
      "weight_mb": megabytes(weightBytes), "activation_peak_mb": megabytes(activationBytes),
      "gflops": .number(rate * 1e-9, decimals: 2), "share_of_peak": .number(shareOfPeak, decimals: 4),
      "peak_gflops": .number(limits.floatingPointRate * 1e-9, decimals: 1),
      "memory_gb_s": .number(limits.readingRate * 1e-9, decimals: 2),
      "others_processors": othersProcessors.map { .number($0, decimals: 2) } ?? .null,
    ]
  }

  private func milliseconds(_ seconds: Double) -> JSON { .number(seconds * 1e3, decimals: 4) }
  private func megabytes(_ bytes: Int) -> JSON { .number(Double(bytes) / 1_048_576, decimals: 1) }
}
