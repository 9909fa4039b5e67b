/// What is wrong with a board's profile: malformed, unknown, missing, over its limit or at odds with the rest.
public struct BoardProfileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The path of the field, such as `curves[3].rates`.
  public var field: String
  public var reason: String

  public var description: String {
    "profile field '\(field)': \(reason); measure the board again with 'edgemesh bench --profile'"
  }
}
