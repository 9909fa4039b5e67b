import Membership

/// One stage of one attempt at one seat: blocked until its inputs are settled, computing its own slice, gathering the
/// others', settled. Once settled nothing changes it.
struct StageExchange: Sendable {
  enum Phase: Sendable { case blocked, computing, gathering, settled }

  /// A slice on its way from a holder: the owner's own rows, or rows that the holder replicates for a lost owner.
  struct Delivery: Sendable {
    enum State: Sendable { case expected, complete, abandoned }

    let holder: Int
    let owner: Int
    var transfer: Transfer
    var state = State.expected
    /// When patience with it ends; nil until one's own slice is done.
    var deadline: Timestamp?
    /// What the sender's rows owe to fills.
    var provenance = Provenance()
    /// Whether replica rows went in over own rows that had begun to arrive: they stay there when the rest comes.
    var isMixedIn = false

    var isOwn: Bool { holder == owner }
  }

  /// Replica rows that others want of this seat, or that it needs itself.
  struct ReplicaWork: Sendable {
    let owner: Int
    var requesters: SeatMask
    var isRunning = false
    /// As of a delivery: the rows go in over own rows that had begun to arrive.
    var isMixedIn = false
  }

  var phase = Phase.blocked
  /// When one's own slice was done: patience counts from here.
  var base: Timestamp?
  var deliveries: [Delivery] = []
  var replicaWork: [ReplicaWork] = []
  /// Owners whose replica holders have been asked.
  var asked = SeatMask()
  /// What the stage's inputs owe to fills: travels with the slices sent.
  var inputProvenance = Provenance()
  /// What the gathered output owes to fills; known once settled.
  var provenance = Provenance()

  func deliveryIndex(holder: Int, owner: Int) -> Int? {
    deliveries.firstIndex { $0.holder == holder && $0.owner == owner }
  }

  func hasOwnRows(of owner: Int) -> Bool {
    deliveries.contains { $0.isOwn && $0.owner == owner && $0.state == .complete }
  }

  /// Whether a part of the owner's own rows is here.
  func hasBegunOwnRows(of owner: Int) -> Bool {
    deliveries.contains { $0.isOwn && $0.owner == owner && $0.transfer.hasBegun }
  }

  /// Holders whose replica rows of `owner` are here, in order.
  func holdersDelivered(for owner: Int) -> [Int] {
    deliveries.filter { !$0.isOwn && $0.owner == owner && $0.state == .complete }.map(\.holder)
  }

  func isAwaitingReplicas(of owner: Int) -> Bool {
    deliveries.contains { !$0.isOwn && $0.owner == owner && $0.state == .expected }
  }

  /// Whether nothing of `holder` is on its way and silent: a chunk that is arriving speaks for its sender.
  func isSilent(_ delivery: Delivery) -> Bool { delivery.state == .expected && !delivery.transfer.hasBegun }
}
