import Plans
public import Tensors

/// What the user has and wants.
public struct PlanRequest: Sendable, Hashable {
  public static let defaultReplicateShare = 0.25

  public var seats: Int
  /// Replica rows wanted, as a share of a stage's rows; `seats - 1` is full replication.
  public var replicateShare: Double
  /// Bytes of memory that each seat's weights and activations may take; nil: no limit.
  public var memoryBytesPerSeat: Int?
  /// How the weights of convolutions and linear layers are stored.
  public var weightType: WeightType

  public init(
    seats: Int, replicateShare: Double = defaultReplicateShare, memoryBytesPerSeat: Int? = nil,
    weightType: WeightType = .float32
  ) {
    self.seats = seats
    self.replicateShare = replicateShare
    self.memoryBytesPerSeat = memoryBytesPerSeat
    self.weightType = weightType
  }

  func check() throws(PlanningError) {
    guard (1...PlanLimits.seats).contains(seats) else { throw .seatCount(seats) }
    guard replicateShare >= 0, replicateShare.isFinite else { throw .replicateShare(replicateShare) }
  }
}
