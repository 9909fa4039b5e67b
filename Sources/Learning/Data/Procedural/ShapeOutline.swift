/// The ten shapes of the procedural data set, upright, about 1 from centre to rim; y counts downwards.
enum ShapeOutline: Int, CaseIterable {
  case disc, ring, triangle, square, cross, star, crescent, heart, arrow, hourglass

  /// How far (x, y) lies outside the outline, negative inside: near the outline, the distance to it. Basic arithmetic and
  /// square roots only, which IEEE 754 fixes to the last bit, so that all machines draw the same.
  @inline(__always)
  func distance(_ x: Float, _ y: Float) -> Float {
    switch self {
    case .disc: Self.length(x, y) - 0.85
    case .ring: abs(Self.length(x, y) - 0.75) - 0.2
    case .triangle: max(y, abs(x) * 0.866_025_4 - y * 0.5) - 0.52
    case .square: max(abs(x), abs(y)) - 0.76
    case .cross: min(Self.box(x, y, 0.98, 0.28), Self.box(x, y, 0.28, 0.98))
    case .star: Self.star(x, y)
    case .crescent: max(Self.length(x, y) - 0.95, 0.78 - Self.length(x - 0.45, y))
    case .heart: Self.heart((x + y) * 0.707_106_77 + 0.18, (y - x) * 0.707_106_77 + 0.18)
    case .arrow: min(Self.box(x + 0.45, y, 0.55, 0.22), max(-x, (x - 1) * 0.6 + abs(y) * 0.8))
    case .hourglass: max(abs(y) - 0.88, abs(x) * 0.8 - abs(y) * 0.6 - 0.08)
    }
  }

  /// No outline reaches further from its centre.
  static let reach: Float = 1.3

  @inline(__always)
  static func length(_ u: Float, _ v: Float) -> Float { (u * u + v * v).squareRoot() }

  /// An upright rectangle around the centre.
  @inline(__always)
  static func box(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float) -> Float {
    max(abs(x) - halfWidth, abs(y) - halfHeight)
  }

  /// Five points, one of them up: along the nearest point's axis and across it, the outline is one straight line from
  /// the tip at 1.08 to the notch at 0.47.
  @inline(__always)
  private static func star(_ x: Float, _ y: Float) -> Float {
    let along = max(-y, max(abs(x) * 0.951_056_5 - y * 0.309_016_99, abs(x) * 0.587_785_25 + y * 0.809_017))
    let across = max(x * x + y * y - along * along, 0).squareRoot()
    return (along - 1.08) * 0.367_209_3 + across * 0.930_138_3
  }

  /// A square that stands on a corner, seen along its sides, with a disc on each of the upper two.
  @inline(__always)
  private static func heart(_ a: Float, _ b: Float) -> Float {
    min(box(a, b, 0.54, 0.54), min(length(a + 0.54, b), length(a, b + 0.54)) - 0.54)
  }
}
