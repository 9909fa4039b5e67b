/// The bounds of a board's profile, so that reading one never takes more than a board has.
public enum BoardProfileLimits {
  public static let fileBytes = 4 << 20
  public static let curves = 256
  public static let pointsPerAxis = 32
  public static let readingRates = 64
  public static let threads = 64
  public static let links = 1024
  public static let nameBytes = 512
  /// Of a rate, a size, a time in nanoseconds: nothing that overflows when two are added.
  public static let figure = 1 << 60
}
