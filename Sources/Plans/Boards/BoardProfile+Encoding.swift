extension BoardProfile {
  /// The profile file's bytes: the same for equal profiles.
  public func encoded() -> [UInt8] { document.encoded + [UInt8(ascii: "\n")] }

  private var document: JSONValue {
    .object([
      "block": .integer(block),
      "curves": .array(curves.map(\.document)),
      "exposedWeightsPerMille": .integer(exposedWeightsPerMille),
      "formatVersion": .integer(Self.formatVersion),
      "instructionSet": .string(instructionSet),
      "links": .array(
        links.map {
          .object([
            "leastRoundTripNanoseconds": .integer($0.leastRoundTripNanoseconds),
            "medianRoundTripNanoseconds": .integer($0.medianRoundTripNanoseconds), "peer": .string($0.peer),
          ])
        }),
      "peakOperationsPerSecond": .integer(peakOperationsPerSecond),
      "reading": .array(
        reading.map {
          .object(["bytes": .integer($0.bytes), "bytesPerSecond": .integer($0.bytesPerSecond)])
        }),
      "scaling": .array(
        scaling.map {
          .object(["nanoseconds": .integer($0.nanoseconds), "threads": .integer($0.threads)])
        }),
      "stepNanoseconds": .integer(stepNanoseconds),
      "threads": .integer(threads),
    ])
  }
}

extension CostCurve {
  fileprivate var document: JSONValue {
    .object([
      "axes": .array(axes.map(JSONValue.integers)), "kernel": .integer(kernel), "kind": .string(kind.rawValue),
      "rates": .integers(rates), "stride": .integer(stride),
    ])
  }
}
