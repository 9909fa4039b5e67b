/// The bounds of a shard.
public enum ShardLimits {
  /// Names, shapes, offsets and the slices' topologies.
  public static let headerBytes = 16 << 20
  public static let tensors = 1 << 17
  public static let metadataEntries = 1 << 16
  public static let nodes = 1 << 16
  public static let attributes = 64
  /// Inputs or outputs of one node, values of one attribute.
  public static let valuesPerNode = 4096
  public static let attributeElements = 1 << 20
  public static let nameBytes = 4096
  /// What follows the header is aligned to so many bytes, so that a mapped file's tensors are too.
  public static let alignment = 64
}
