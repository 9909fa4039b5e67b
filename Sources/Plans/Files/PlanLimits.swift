/// The bounds of a plan, so that reading one never takes more than a board has.
public enum PlanLimits {
  public static let fileBytes = 64 << 20
  public static let seats = 64
  public static let stages = 4096
  public static let rowsPerStage = 1 << 20
  /// Rows of all stages together: each costs at least two bytes of the file.
  public static let rows = fileBytes / 2
  /// Inputs of the network, and outputs: what one frame of the client port can name.
  public static let networkValues = 64
  /// Values that a stage or the tail computes from.
  public static let values = 256
  public static let rank = 8
  /// Elements of one value: 1 GiB of floats.
  public static let elements = 1 << 28
  public static let nameBytes = 1024
  public static let parameters = 64
  public static let memoryBytes = 1 << 50
}
