/// What an agent tells the others that it holds: the seats of plans for which its shard is packed and ready.
public struct HoldingClaim: Sendable, Hashable {
  public var plan: PlanDigest
  public var generation: UInt64
  public var seat: Int

  public init(plan: PlanDigest, generation: UInt64, seat: Int) {
    self.plan = plan
    self.generation = generation
    self.seat = seat
  }

  /// Claims in a member's payload at most.
  public static let limit = 8

  public static func encode(_ claims: [HoldingClaim]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(clamping: min(claims.count, limit)))
    for claim in claims.prefix(limit) {
      writer.write(raw: claim.plan.bytes)
      writer.write(claim.generation)
      writer.write(UInt8(clamping: claim.seat))
    }
    return writer.bytes
  }

  /// The claims in a member's payload; none where it is malformed.
  public static func decode(_ payload: [UInt8]) -> [HoldingClaim] {
    (try? decoding(payload)) ?? []
  }

  private static func decoding(_ payload: [UInt8]) throws(DecodeError) -> [HoldingClaim] {
    var reader = ByteReader(payload)
    guard reader.remaining > 0 else { return [] }
    let count = try reader.readCount(UInt8.self, limit: limit, "claims")
    var claims: [HoldingClaim] = []
    for _ in 0..<count {
      guard let plan = PlanDigest(bytes: try reader.read(count: 32)) else { throw .truncated }
      let generation = try reader.read(UInt64.self)
      let seat = try reader.readCount(UInt8.self, limit: Limits.seats - 1, "seat")
      claims.append(HoldingClaim(plan: plan, generation: generation, seat: seat))
    }
    return claims
  }
}
