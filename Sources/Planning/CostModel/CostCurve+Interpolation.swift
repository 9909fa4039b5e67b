import Plans

extension CostCurve {
  /// The rate at a place between the measured ones: linear between the logarithms, along one axis after the other.
  /// Beyond the ends it is that of the end.
  func rate(at place: [Double]) -> Double {
    precondition(place.count == axes.count, "a place has as many coordinates as the curve has axes")
    return Logarithm.power(logarithm(at: place[...], from: 0))
  }

  /// Of the rates whose row-major index begins with `start`, the rest of the place still to come.
  private func logarithm(at place: ArraySlice<Double>, from start: Int) -> Double {
    guard let coordinate = place.first else { return Logarithm.base2(Double(rates[start])) }
    let axis = axes[axes.count - place.count]
    let (index, share) = Self.interval(of: coordinate, in: axis)
    let low = logarithm(at: place.dropFirst(), from: (start * axis.count + index))
    guard share > 0 else { return low }
    let high = logarithm(at: place.dropFirst(), from: (start * axis.count + index + 1))
    return low + share * (high - low)
  }

  /// The last point at or before `coordinate` and how far towards the next one it is, on a logarithmic scale.
  static func interval(of coordinate: Double, in axis: [Int]) -> (index: Int, share: Double) {
    guard coordinate > Double(axis[0]) else { return (0, 0) }
    guard let next = axis.firstIndex(where: { Double($0) > coordinate }) else { return (axis.count - 1, 0) }
    let low = Logarithm.base2(Double(axis[next - 1]))
    return (next - 1, (Logarithm.base2(coordinate) - low) / (Logarithm.base2(Double(axis[next])) - low))
  }
}
