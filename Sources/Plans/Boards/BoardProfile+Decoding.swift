extension BoardProfile {
  /// Reads a profile file's bytes; every field is checked, unknown ones are refused.
  public init(decoding bytes: [UInt8]) throws(BoardProfileError) {
    guard bytes.count <= BoardProfileLimits.fileBytes else {
      throw BoardProfileError(
        field: "file", reason: "has \(bytes.count) bytes, more than \(BoardProfileLimits.fileBytes)")
    }
    do {
      var reader = JSONReader(bytes)
      self = try BoardProfile(from: &reader)
      try reader.end()
    } catch {
      throw BoardProfileError(field: error.field, reason: error.reason)
    }
  }

  private static let fields: Set<String> = [
    "block", "curves", "exposedWeightsPerMille", "formatVersion", "instructionSet", "links", "peakOperationsPerSecond",
    "reading", "scaling", "stepNanoseconds", "threads",
  ]

  private init(from reader: inout JSONReader) throws(JSONError) {
    var profile = BoardProfile(
      instructionSet: "", block: 1, threads: 1, peakOperationsPerSecond: 1, reading: [], exposedWeightsPerMille: 0,
      stepNanoseconds: 0, curves: [], scaling: [], links: [])
    let threads = 1...BoardProfileLimits.threads
    let figure = 1...BoardProfileLimits.figure
    try reader.object(fields: Self.fields) { (reader, field) throws(JSONError) in
      switch field {
      case "formatVersion": _ = try reader.integer(in: Self.formatVersion...Self.formatVersion)
      case "instructionSet": profile.instructionSet = try reader.string(limit: BoardProfileLimits.nameBytes)
      case "block": profile.block = try reader.integer(in: 1...1024)
      case "threads": profile.threads = try reader.integer(in: threads)
      case "peakOperationsPerSecond": profile.peakOperationsPerSecond = try reader.integer(in: figure)
      case "exposedWeightsPerMille": profile.exposedWeightsPerMille = try reader.integer(in: 0...10_000)
      case "stepNanoseconds": profile.stepNanoseconds = try reader.integer(in: 0...BoardProfileLimits.figure)
      case "curves": profile.curves = try reader.array(limit: BoardProfileLimits.curves, CostCurve.init(from:))
      case "reading":
        profile.reading = try reader.array(limit: BoardProfileLimits.readingRates) { (reader) throws(JSONError) in
          let (bytes, rate) = try reader.pair("bytes", in: figure, "bytesPerSecond", in: figure)
          return ReadingRate(bytes: bytes, bytesPerSecond: rate)
        }
        try reader.ascending(profile.reading.map(\.bytes))
        guard !profile.reading.isEmpty else { throw reader.failure("is empty") }
      case "scaling":
        profile.scaling = try reader.array(limit: BoardProfileLimits.threads) { (reader) throws(JSONError) in
          let (threads, nanoseconds) = try reader.pair("threads", in: threads, "nanoseconds", in: figure)
          return ThreadScaling(threads: threads, nanoseconds: nanoseconds)
        }
        try reader.ascending(profile.scaling.map(\.threads))
      default: profile.links = try reader.array(limit: BoardProfileLimits.links, LinkFigures.init(from:))
      }
    }
    self = profile
  }
}

extension BoardProfile.LinkFigures {
  fileprivate init(from reader: inout JSONReader) throws(JSONError) {
    var link = Self(peer: "", leastRoundTripNanoseconds: 0, medianRoundTripNanoseconds: 0)
    let figure = 1...BoardProfileLimits.figure
    try reader.object(fields: ["leastRoundTripNanoseconds", "medianRoundTripNanoseconds", "peer"]) {
      (reader, field) throws(JSONError) in
      switch field {
      case "peer": link.peer = try reader.string(limit: BoardProfileLimits.nameBytes)
      case "leastRoundTripNanoseconds": link.leastRoundTripNanoseconds = try reader.integer(in: figure)
      default: link.medianRoundTripNanoseconds = try reader.integer(in: figure)
      }
    }
    self = link
  }
}

extension CostCurve {
  fileprivate init(from reader: inout JSONReader) throws(JSONError) {
    var curve = CostCurve(kind: .unary, axes: [], rates: [])
    let figure = 1...BoardProfileLimits.figure
    let points = BoardProfileLimits.pointsPerAxis
    try reader.object(fields: ["axes", "kernel", "kind", "rates", "stride"]) { (reader, field) throws(JSONError) in
      switch field {
      case "kind": curve.kind = try reader.word(Kind.self)
      case "kernel": curve.kernel = try reader.integer(in: 1...1024)
      case "stride": curve.stride = try reader.integer(in: 1...1024)
      case "rates": curve.rates = try reader.integers(in: figure, limit: points * points * points)
      default:
        curve.axes = try reader.array(limit: 3) { (reader) throws(JSONError) in
          let axis = try reader.integers(in: figure, limit: points)
          try reader.ascending(axis)
          guard !axis.isEmpty else { throw reader.failure("is empty") }
          return axis
        }
      }
    }
    guard curve.axes.count == curve.kind.axisCount else {
      throw reader.failure("has \(curve.axes.count) axes; \(curve.kind.rawValue) has \(curve.kind.axisCount)")
    }
    guard curve.rates.count == curve.axes.reduce(1, { $0 * $1.count }) else {
      throw reader.failure("has \(curve.rates.count) rates, which do not fill its axes")
    }
    self = curve
  }
}

extension JSONReader {
  /// An object of two numbers.
  fileprivate mutating func pair(
    _ first: String, in firstRange: ClosedRange<Int>, _ second: String, in secondRange: ClosedRange<Int>
  ) throws(JSONError) -> (Int, Int) {
    var numbers = (0, 0)
    try object(fields: [first, second]) { (reader, field) throws(JSONError) in
      if field == first {
        numbers.0 = try reader.integer(in: firstRange)
      } else {
        numbers.1 = try reader.integer(in: secondRange)
      }
    }
    return numbers
  }

  fileprivate func ascending(_ numbers: [Int]) throws(JSONError) {
    guard zip(numbers, numbers.dropFirst()).allSatisfy(<) else { throw failure("is not in ascending order") }
  }
}
