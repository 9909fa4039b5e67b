/// Lines over one axis, as a part of an SVG picture. What is written and drawn has classes: the picture says how they
/// look.
struct LineChart {
  struct Line {
    var name: String
    /// One of the picture's classes "first" and "second".
    var style: String
    var points: [(x: Double, y: Double)]
  }

  var title: String
  var xTitle: String
  /// What follows a number at the vertical axis.
  var unit = ""
  var lines: [Line]
  var xAxis: Axis
  var yAxis: Axis
  /// The area between the axes, in the picture's units.
  var left, top, width, height: Double

  /// Points are marked where they are few.
  private static let markedPoints = 40

  var svg: String {
    var parts = ["<text class=\"title\" x=\"\(number(left))\" y=\"\(number(top - 30))\">\(title)</text>"]
    for tick in yAxis.ticks {
      let y = number(vertical(tick.value))
      parts.append("<path class=\"grid\" d=\"M\(number(left)) \(y)H\(number(left + width))\"/>")
      parts.append(
        "<text class=\"label\" text-anchor=\"end\" x=\"\(number(left - 8))\" y=\"\(y)\" dy=\"4\">"
          + "\(tick.label)\(unit)</text>")
    }
    let bottom = top + height
    for tick in xAxis.ticks {
      let x = number(horizontal(tick.value))
      parts.append("<path class=\"axis\" d=\"M\(x) \(number(bottom))v5\"/>")
      parts.append(
        "<text class=\"label\" text-anchor=\"middle\" x=\"\(x)\" y=\"\(number(bottom + 20))\">\(tick.label)</text>")
    }
    parts.append("<path class=\"axis\" d=\"M\(number(left)) \(number(bottom))H\(number(left + width))\"/>")
    parts.append(
      "<text class=\"label\" text-anchor=\"middle\" x=\"\(number(left + width / 2))\" "
        + "y=\"\(number(bottom + 40))\">\(xTitle)</text>")
    for line in lines { parts += drawn(line) }
    var start = left
    for line in lines {
      parts.append(
        "<path class=\"line \(line.style)\" d=\"M\(number(start)) \(number(top - 14))h18\"/>"
          + "<text class=\"label\" x=\"\(number(start + 24))\" y=\"\(number(top - 10))\">\(line.name)</text>")
      start += 24 + 7.2 * Double(line.name.count) + 20
    }
    return parts.joined(separator: "\n")
  }

  private func drawn(_ line: Line) -> [String] {
    let places = line.points.map { (number(horizontal($0.x)), number(vertical($0.y))) }
    guard let first = places.first else { return [] }
    var path = "M\(first.0) \(first.1)"
    for place in places.dropFirst() { path += "L\(place.0) \(place.1)" }
    var parts = ["<path class=\"line \(line.style)\" d=\"\(path)\"/>"]
    guard places.count <= Self.markedPoints else { return parts }
    for place in places {
      parts.append("<circle class=\"point \(line.style)\" cx=\"\(place.0)\" cy=\"\(place.1)\" r=\"2.5\"/>")
    }
    return parts
  }

  private func horizontal(_ x: Double) -> Double { left + width * xAxis.position(x) }
  private func vertical(_ y: Double) -> Double { top + height * (1 - yAxis.position(y)) }
  private func number(_ value: Double) -> String { fixed(value, digits: 1) }
}
