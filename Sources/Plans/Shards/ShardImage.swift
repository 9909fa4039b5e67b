import Networks
import Tensors

/// A shard as its maker holds it: ready to be written to a file or sent.
public struct ShardImage: Sendable {
  /// The bytes before the tensors.
  private let head: [UInt8]
  /// In the order in which they lie in the file.
  private let constants: [(constant: Constant, kind: SafetensorsHeader.Entry.Kind)]
  public let byteCount: Int

  /// Cuts the shard of one seat. The plan must have been made for this network (`Plan.check`), and the stages follow
  /// from the plan (`StageGraph.init(_:following:)`).
  public init(
    cutting graph: StageGraph, plan: Plan, planDigest: String, seat: Int
  ) throws(PlanError) {
    guard plan.seats.indices.contains(seat) else {
      throw .invalid(field: "seats", reason: "there is no seat \(seat) among \(plan.seats.count)")
    }
    try plan.check(against: graph)
    var pool = ConstantPool(of: graph.network, weights: plan.weightType)
    var header = SafetensorsHeader()
    header.metadata = [
      Shard.Key.formatVersion: String(Shard.formatVersion),
      Shard.Key.networkName: plan.network.name, Shard.Key.networkDigest: plan.network.digest,
      Shard.Key.planDigest: planDigest, Shard.Key.seat: String(seat),
      Shard.Key.stageCount: String(plan.stages.count),
    ]
    var constants: [String: Constant] = [:]
    func add(_ network: Network, at key: String) {
      header.metadata[key] = String(decoding: network.topologyDocument.encoded, as: UTF8.self)
      constants.merge(network.constants) { known, _ in known }
    }
    for stage in plan.stages.indices {
      for unit in plan.units(ofStage: stage, at: seat) {
        let rows = plan.rows(ofStage: stage, unit: unit, at: seat)
        add(graph.sliceNetwork(stage: stage, rows: rows, pool: &pool), at: Shard.Key.slice(stage: stage, unit: unit))
      }
    }
    if let tail = graph.tailNetwork(pool: &pool) { add(tail, at: Shard.Key.tail) }

    // Integers are eight bytes wide and come first, so that everything is aligned to its width.
    var offset = 0
    var ordered: [(constant: Constant, kind: SafetensorsHeader.Entry.Kind)] = []
    for kind in [SafetensorsHeader.Entry.Kind.integer, .float, .bfloat16, .float16, .boolean] {
      for name in constants.keys.sorted() {
        guard let constant = constants[name], constant.kind(pool.weightType(ofConstant: name)) == kind else { continue }
        let entry = SafetensorsHeader.Entry(kind: kind, shape: constant.shape, offset: offset)
        header.entries[name] = entry
        offset += entry.byteCount
        ordered.append((constant, kind))
      }
    }
    head = header.encoded
    guard head.count - 8 <= ShardLimits.headerBytes else {
      throw .invalid(field: "stages", reason: "seat \(seat)'s shard header has \(head.count) bytes, too many")
    }
    self.constants = ordered
    byteCount = head.count + offset
  }

  /// The file's bytes in pieces, in order, each valid during its call.
  public func forEachPiece<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    func give(_ piece: UnsafeRawBufferPointer) {
      guard failure == nil else { return }
      do throws(Failure) { try unsafe body(piece) } catch { failure = error }
    }
    unsafe head.withUnsafeBytes { unsafe give($0) }
    for (constant, kind) in constants {
      switch constant {
      case .float(let tensor):
        unsafe tensor.withUnsafeBufferPointer {
          unsafe Self.forEachPiece(of: $0, as: kind.weightType ?? .float32, give)
        }
      case .integer(let tensor) where tensor.isBoolean:
        unsafe tensor.elements.map { UInt8($0 == 0 ? 0 : 1) }.withUnsafeBytes { unsafe give($0) }
      case .integer(let tensor):
        unsafe tensor.elements.map { Int64($0).littleEndian }.withUnsafeBytes { unsafe give($0) }
      }
    }
    if let failure { throw failure }
  }

  /// Elements that are narrowed at a time.
  private static let narrowedElements = 1 << 16

  private static func forEachPiece(
    of elements: UnsafeBufferPointer<Float>, as type: WeightType, _ give: (UnsafeRawBufferPointer) -> Void
  ) {
    guard type != .float32 else {
      unsafe give(UnsafeRawBufferPointer(elements))
      return
    }
    var start = 0
    unsafe withUnsafeTemporaryAllocation(byteCount: narrowedElements * type.byteCount, alignment: 64) { buffer in
      while start < elements.count {
        let end = min(start + narrowedElements, elements.count)
        unsafe type.narrow(UnsafeBufferPointer(rebasing: elements[start..<end]), into: buffer)
        unsafe give(UnsafeRawBufferPointer(rebasing: buffer[..<((end - start) * type.byteCount)]))
        start = end
      }
    }
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    unsafe forEachPiece { piece in unsafe bytes.append(contentsOf: piece) }
    return bytes
  }

  /// Writes the file: a temporary one beside it first, which then takes its name.
  public func write(to path: String) throws(ShardError) {
    try unsafe writeFile(at: path) { (write: (UnsafeRawBufferPointer) throws(ShardError) -> Void) throws(ShardError) in
      try unsafe forEachPiece(write)
    }
  }
}

extension Constant {
  fileprivate func kind(_ type: WeightType) -> SafetensorsHeader.Entry.Kind {
    switch self {
    case .float: .init(type)
    case .integer(let tensor): tensor.isBoolean ? .boolean : .integer
    }
  }
}
