public import Networks

/// What one seat needs of a network to fill its place in a plan: its slices, its replicas' and the tail, with weights.
///
/// On disk and on the wire a canonical safetensors file (see `Protocol/shard-file.md`).
public struct Shard: Sendable {
  public static let formatVersion = 1

  public var network: NetworkReference
  /// SHA-256 of the plan file's bytes, in hexadecimal.
  public var planDigest: String
  public var seat: Int
  /// For each stage the networks that compute this seat's units.
  public var slices: [[ComputeUnit: Network]]
  /// What the gateway computes alone; nil where every output is exchanged.
  public var tail: Network?

  public init(
    network: NetworkReference, planDigest: String, seat: Int, slices: [[ComputeUnit: Network]], tail: Network?
  ) {
    self.network = network
    self.planDigest = planDigest
    self.seat = seat
    self.slices = slices
    self.tail = tail
  }
}
