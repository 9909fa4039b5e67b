import Foundation
import Networks

extension Reference {
  /// Resize and Upsample by ONNX's words, an element at a time: the taps of every axis, and the product of their weights.
  func resized() -> Values {
    let isOld = node.operatorType == "Upsample" || opset < 11
    let scalesPosition = isOld ? 1 : 2
    var scales = scalesPosition < inputs.count ? inputs[scalesPosition]?.elements ?? [] : []
    if case .floats(let list) = node.attributes["scales"] { scales = list.map(Double.init) }
    let sizes = isOld ? [] : list("sizes", orInput: 3) ?? []
    let axes = list("axes").map { $0.map { axis($0, x.shape.count) } } ?? Array(x.shape.indices)
    var region = (inputs.count > 1 && !isOld ? inputs[1]?.elements : nil) ?? []
    if case .floats(let list) = node.attributes["roi"] { region = list.map(Double.init) }
    if case .floats = node.attributes["scales"], !sizes.isEmpty {
      scales = scales.map { $0 }
    } else if !sizes.isEmpty {
      scales = zip(sizes, axes).map { Double($0) / Double(x.shape[$1]) }
    }
    var outputs = zip(scales, axes).map { Int(floor($0 * Double(x.shape[$1]) + 1e-6)) }
    if !sizes.isEmpty { outputs = sizes }
    if case .string(let policy) = node.attributes["keep_aspect_ratio_policy"], policy != "stretch" {
      let scale = policy == "not_larger" ? scales.min()! : scales.max()!
      scales = scales.map { _ in scale }
      outputs = axes.map { Int(floor(scale * Double(x.shape[$0]) + 0.5)) }
    }
    var shape = x.shape
    for (position, axis) in axes.enumerated() { shape[axis] = outputs[position] }
    return Values(shape) { index in
      var sum = [(index, 1.0)]
      for (position, axis) in axes.enumerated() {
        let region = region.isEmpty ? (0, 1) : (region[position], region[axes.count + position])
        guard
          let taps = taps(
            index[axis], extent: x.shape[axis], scale: scales[position], output: outputs[position], region: region)
        else { return float("extrapolation_value", 0) }
        sum = sum.flatMap { place, weight in
          taps.map { tap, factor in
            var place = place
            place[axis] = tap
            return (place, weight * factor)
          }
        }
      }
      return sum.reduce(0) { $0 + x[$1.0] * $1.1 }
    }
  }

  private func word(_ name: String, _ fallback: String) -> String {
    if case .string(let word) = node.attributes[name] { word } else { fallback }
  }

  private func taps(
    _ index: Int, extent: Int, scale: Double, output: Int, region: (Double, Double)
  ) -> [(Int, Double)]? {
    let isOld = node.operatorType == "Upsample" || opset < 11
    let (i, n) = (Double(index), Double(extent))
    let resized = scale * n
    let position: Double
    switch word("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel") {
    case "asymmetric": position = i / scale
    case "align_corners": position = resized == 1 ? 0 : i * (n - 1) / (resized - 1)
    case "pytorch_half_pixel": position = resized == 1 ? -0.5 : (i + 0.5) / scale - 0.5
    case "half_pixel_symmetric":
      position = n / 2 * (1 - Double(output) / resized) + (i + 0.5) / scale - 0.5
    case "tf_half_pixel_for_nn": position = (i + 0.5) / scale
    case "tf_crop_and_resize":
      position =
        region.0 * (n - 1)
        + (resized == 1
          ? (region.1 - region.0) * (n - 1) / 2 : i * (region.1 - region.0) * (n - 1) / (resized - 1))
      if position < 0 || position > n - 1 { return nil }
    default: position = (i + 0.5) / scale - 0.5
    }
    // Scales come in single precision; ties are meant as such.
    let x = abs(position * 2 - (position * 2).rounded()) < 1e-5 ? (position * 2).rounded() / 2 : position
    let base = floor(x)
    let ratio = x - base
    var taps: [(Int, Double)]
    let spread = integer("antialias", 0) == 1 ? Swift.max(1, 1 / scale) : 1
    func around(_ reach: Double, _ weight: (Double) -> Double) -> [(Int, Double)] {
      (Int(floor(x - reach * spread))...Int(ceil(x + reach * spread))).map {
        ($0, weight(abs(Double($0) - x) / spread))
      }
    }
    switch word("mode", "nearest") {
    case "linear": taps = around(1) { Swift.max(0, 1 - $0) }
    case "cubic":
      let a = float("cubic_coeff_a", -0.75)
      taps = around(2) { d in
        d <= 1
          ? (a + 2) * d * d * d - (a + 3) * d * d + 1
          : d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0
      }
    default:
      let up: Bool
      switch word("nearest_mode", isOld ? "simple" : "round_prefer_floor") {
      case "round_prefer_floor": up = ratio > 0.5
      case "round_prefer_ceil": up = ratio >= 0.5
      case "floor": up = false
      case "ceil": up = ratio > 0
      default: up = ratio > 0 && scale < 1
      }
      taps = [(Int(base) + (up ? 1 : 0), 1)]
    }
    if integer("exclude_outside", 0) == 1 { taps.removeAll { $0.0 < 0 || $0.0 >= extent } }
    let total = taps.reduce(0) { $0 + $1.1 }
    return taps.map { (Swift.min(Swift.max($0.0, 0), extent - 1), $0.1 / total) }
  }
}
