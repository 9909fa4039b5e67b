extension Member {
  /// What decides between two statements about one agent: the later in this order is believed.
  ///
  /// 1. A higher incarnation wins over everything of a lower one.
  /// 2. Within an incarnation `left` is final: the agent said so itself.
  /// 3. Otherwise the higher refutation wins: only the agent raises it.
  /// 4. At the same refutation the worse news wins: dead over suspect over alive.
  public struct Precedence: Hashable, Comparable, Sendable {
    public let incarnation: UInt64
    public let refutation: UInt32
    public let state: State

    public init(incarnation: UInt64, refutation: UInt32, state: State) {
      self.incarnation = incarnation
      self.refutation = refutation
      self.state = state
    }

    public static func < (a: Precedence, b: Precedence) -> Bool {
      if a.incarnation != b.incarnation { return a.incarnation < b.incarnation }
      if (a.state == .left) != (b.state == .left) { return b.state == .left }
      if a.refutation != b.refutation { return a.refutation < b.refutation }
      return a.state.rawValue < b.state.rawValue
    }
  }

  public var precedence: Precedence {
    Precedence(incarnation: incarnation, refutation: refutation, state: state)
  }

  /// What is known after hearing `other` of the same agent: the higher ``precedence`` decides incarnation, refutation
  /// and state; within an incarnation the higher payload version decides the payload, whoever is right about the
  /// state, so that an accuser with an old payload undoes nothing.
  ///
  /// Merging is commutative, associative and idempotent as long as an agent gives each version one payload and each
  /// incarnation one address; it ignores a record of another id.
  public func merged(with other: Member) -> Member {
    guard other.id == id else { return self }
    if other.incarnation != incarnation { return other.incarnation > incarnation ? other : self }
    var result = self
    if precedence < other.precedence {
      result.refutation = other.refutation
      result.state = other.state
    }
    if payloadVersion < other.payloadVersion {
      result.payloadVersion = other.payloadVersion
      result.payload = other.payload
    }
    return result
  }

  /// The member's share in a view's digest: equal in two views that agree on the member's presence, incarnation,
  /// refutation and payload; nothing for the absent, which each agent forgets in its own time.
  var digest: UInt64 {
    guard isPresent else { return 0 }
    var mixed = SeededGenerator.mix(id.high &+ 0x9E37_79B9_7F4A_7C15)
    mixed = SeededGenerator.mix(mixed ^ id.low)
    mixed = SeededGenerator.mix(mixed ^ incarnation)
    return SeededGenerator.mix(mixed ^ (UInt64(refutation) << 32 | UInt64(payloadVersion)))
  }
}
