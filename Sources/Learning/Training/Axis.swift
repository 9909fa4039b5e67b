import Glibc

/// An axis of a chart: from round number to round number, with marks 1, 2 or 5 times a power of ten apart.
struct Axis: Hashable {
  /// Distance of the marks as a whole number of 10^exponent.
  private let factor: Int
  private let exponent: Int
  /// The first and the last mark, as multiples of the distance.
  private let marks: ClosedRange<Int>

  /// Holds all of `values`, as closely as round marks allow; `wanted` marks or a few more or less.
  ///
  /// - Parameters:
  ///   - isWhole: whether marks must be whole numbers.
  ///   - range: what the axis does not go beyond, whatever the values.
  init(holding values: [Double], wanted: Int = 5, isWhole: Bool = false, within range: ClosedRange<Double>) {
    let inside = values.filter(\.isFinite).map { Swift.min(Swift.max($0, range.lowerBound), range.upperBound) }
    var low = inside.min() ?? 0
    var high = inside.max() ?? 1
    if high - low < 1e-9 * Swift.max(abs(high), abs(low), 1e-3) {
      // One value only: room around it.
      let room = low == 0 ? 1 : abs(low) / 4
      (low, high) = (Swift.max(low - room, range.lowerBound), Swift.min(high + room, range.upperBound))
    }
    let rough = (high - low) / Double(Swift.max(wanted, 1))
    var exponent = Int(floor(log10(rough)))
    var factor = 10
    for candidate in [1, 2, 5] where Double(candidate) * Self.power(exponent) >= rough * 0.999 {
      factor = candidate
      break
    }
    if factor == 10 { (factor, exponent) = (1, exponent + 1) }
    if isWhole, exponent < 0 { (factor, exponent) = (1, 0) }
    let step = Double(factor) * Self.power(exponent)
    self.factor = factor
    self.exponent = exponent
    let first = Int(floor(low / step + 1e-9))
    marks = first...Swift.max(Int(ceil(high / step - 1e-9)), first + 1)
  }

  private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

  private func value(_ mark: Int) -> Double {
    // Divided by a whole power, so that 3 * 0.1 is 0.3.
    exponent < 0 ? Double(mark * factor) / Self.power(-exponent) : Double(mark * factor) * Self.power(exponent)
  }

  var low: Double { value(marks.lowerBound) }
  var high: Double { value(marks.upperBound) }

  /// The marks with what is written beside them.
  var ticks: [(value: Double, label: String)] {
    marks.map { (value($0), fixed(value($0), digits: Swift.max(-exponent, 0))) }
  }

  /// Where on the axis a value lies, 0...1.
  func position(_ value: Double) -> Double { Swift.min(Swift.max((value - low) / (high - low), 0), 1) }
}

/// A number with so many digits after the point, halves away from 0.
func fixed(_ number: Double, digits: Int) -> String {
  let unit = pow(10, Double(digits))
  let scaled = (abs(number) * unit).rounded()
  guard scaled < 1e15 else { return "\(number)" }
  let whole = Int(scaled)
  let sign = number < 0 && whole > 0 ? "-" : ""
  let (integer, fraction) = whole.quotientAndRemainder(dividingBy: Int(unit))
  guard digits > 0 else { return sign + "\(integer)" }
  let text = "\(fraction)"
  return sign + "\(integer)." + String(repeating: "0", count: digits - text.count) + text
}
