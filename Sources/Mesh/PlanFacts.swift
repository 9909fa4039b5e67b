public import Plans

/// What the mind needs of a plan, worked out once: who sends how much of which stage, and who needs it.
public struct PlanFacts: Sendable {
  public struct Stage: Sendable {
    /// Stages whose output this one computes from, ascending.
    public var stageInputs: [Int]
    /// Network inputs that it computes from.
    public var networkInputs: [Int]
    public var rowCount: Int
    public var bytesPerRow: Int
    /// Rows owned by each seat, ascending.
    public var ownRows: [[Int]]
    /// By owner: the holders of replicas of its rows, with those rows, from the next seat round.
    public var replicas: [[(holder: Int, rows: [Int])]]
    /// Whether other stages compute from the output (then every seat gathers it).
    public var isNeededByStages: Bool
    /// Whether the tail computes from it (then the gateway gathers it).
    public var isNeededByTail: Bool
    /// The last stage that computes from the output; the stage itself where none does.
    public var lastConsumer: Int
  }

  public let digest: PlanDigest
  public let seatCount: Int
  public let stages: [Stage]
  /// Bytes of each network input.
  public let inputBytes: [Int]
  public let outputBytes: [Int]
  /// Seats that may be given the raw input.
  public let inputSeats: SeatMask
  /// Rows of all stages: the denominator of a label's shares.
  public let totalRows: Int

  public init(_ plan: Plan, digest: PlanDigest) {
    self.digest = digest
    seatCount = plan.seats.count
    inputBytes = plan.inputs.map { $0.elementCount * 4 }
    outputBytes = plan.outputs.map { $0.elementCount * 4 }
    inputSeats = SeatMask(plan.seats.indices.filter { plan.seats[$0].mayReceiveInput })
    totalRows = plan.stages.reduce(0) { $0 + $1.rowCount }
    let stageByValue = Dictionary(plan.stages.enumerated().map { ($1.output.name, $0) }, uniquingKeysWith: { $1 })
    let inputByName = Dictionary(plan.inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
    stages = plan.stages.enumerated().map { index, stage in
      let consumers = plan.stages.indices.filter { plan.stages[$0].inputs.contains(stage.output.name) }
      let seats = plan.seats.indices
      return Stage(
        stageInputs: stage.inputs.compactMap { stageByValue[$0] }.sorted(),
        networkInputs: stage.inputs.compactMap { inputByName[$0] }.sorted(),
        rowCount: stage.rowCount,
        bytesPerRow: stage.elementsPerRow * stage.elementType.byteCount,
        ownRows: seats.map { stage.ownRows(of: $0) },
        replicas: seats.map { owner in
          (1..<max(seats.count, 1)).compactMap { distance in
            let holder = (owner + distance) % seats.count
            let rows = stage.replicaRows(of: owner, at: holder)
            return rows.isEmpty ? nil : (holder: holder, rows: rows)
          }
        },
        isNeededByStages: !consumers.isEmpty,
        isNeededByTail: plan.tailInputs.contains(stage.output.name),
        lastConsumer: consumers.last ?? index)
    }
  }

  public func sliceBytes(stage: Int, rows: Int) -> Int { stages[stage].bytesPerRow * rows }

  /// The rows of a unit of work: a seat's own rows (holder = owner) or those of `owner` that `holder` replicates.
  public func rows(stage: Int, owner: Int, holder: Int) -> [Int] {
    if owner == holder { return stages[stage].ownRows[owner] }
    return stages[stage].replicas[owner].first { $0.holder == holder }?.rows ?? []
  }

  /// The holders to ask for the rows of a lost owner, each of which adds rows that those before it do not hold. Every
  /// seat works out the same from the same set of available seats.
  public func cover(stage: Int, owner: Int, available: SeatMask) -> [Int] {
    var covered: Set<Int> = []
    var holders: [Int] = []
    for (holder, rows) in stages[stage].replicas[owner] where available.contains(holder) {
      let before = covered.count
      covered.formUnion(rows)
      if covered.count > before { holders.append(holder) }
    }
    return holders
  }

  /// The owner's rows that none of `holders` replicates, ascending.
  public func uncovered(stage: Int, owner: Int, by holders: [Int]) -> [Int] {
    let covered = Set(holders.flatMap { rows(stage: stage, owner: owner, holder: $0) })
    return stages[stage].ownRows[owner].filter { !covered.contains($0) }
  }
}

/// The SHA-256 of a plan's bytes.
public struct PlanDigest: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 32 bytes.
  public let bytes: [UInt8]

  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// From 64 hexadecimal digits.
  public init?(hexadecimal: String) {
    let digits = hexadecimal.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64, digits.allSatisfy({ $0 != nil }) else { return nil }
    bytes = stride(from: 0, to: 64, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
  }

  public static func < (a: PlanDigest, b: PlanDigest) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

  public var description: String {
    bytes.reduce(into: "") { text, byte in
      let digits = String(byte, radix: 16)
      text += digits.count == 1 ? "0" + digits : digits
    }
  }
}
