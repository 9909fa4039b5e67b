/// Bounds on what a file may make us do. A file is untrusted: each is checked before anything is allocated.
public enum NetworkLimits {
  /// The opsets whose semantics the operators follow.
  public static let opsets = 7...28
  /// Bytes of a name. Half of what a shard may have, where parts of a value have suffixes.
  public static let nameBytes = 2048
  /// Dimensions of any tensor.
  public static let maximumRank = 12
  /// Elements of any value that a network computes: 1 GiB of floats.
  public static let maximumElements = 1 << 28
  /// Kernel sizes, strides, dilations and pads. Products of two of them cannot overflow.
  public static let maximumWindowExtent = 1 << 20
  /// An axis that is resized, before and after.
  public static let maximumResizedExtent = 1 << 20
  /// Convolutions that a transposed one is divided into: strides of 128 both ways.
  public static let maximumPhases = 1 << 14
  /// Elements that constant folding may write beyond four times the elements that the file itself holds.
  static let foldingAllowance = 1 << 24
}
