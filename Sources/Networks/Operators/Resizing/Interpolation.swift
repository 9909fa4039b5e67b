import Tensors

/// How a resized value's elements come from the given ones: ONNX's attributes of Resize, and the arithmetic of one axis.
struct Interpolation: Sendable {
  enum Mode: String { case nearest, linear, cubic }

  /// Which way an element that lies just between two goes, or (`simple`) what Upsample and the first Resize did: down
  /// where the axis grows, up where it shrinks.
  enum Rounding: String {
    case preferFloor = "round_prefer_floor"
    case preferCeil = "round_prefer_ceil"
    case floor
    case ceil
    case simple
  }

  /// Where an output element lies in the input.
  enum Coordinates: String {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case halfPixelForNearest = "tf_half_pixel_for_nn"
    case alignCorners = "align_corners"
    case asymmetric
    case cropAndResize = "tf_crop_and_resize"
  }

  var mode: Mode
  var rounding: Rounding
  var coordinates: Coordinates
  var cubicCoefficient: Float = -0.75
  var excludesOutside = false
  var antialiases = false
  /// Takes the place of elements that `cropAndResize` finds outside the input.
  var extrapolation: Float = 0

  /// One axis to resize. `region` is the part of the input that `cropAndResize` takes, as fractions of it.
  struct Axis: Hashable, Sendable {
    var axis: Int
    var scale: Double
    var output: Int
    var region: [Double] = [0, 1]
  }

  /// The position of output element `index` in an axis of extent `input`, which is not 0.
  func position(of index: Int, on axis: Axis, input: Int) -> Double {
    let x = Double(index)
    let extent = Double(input)
    let resized = axis.scale * extent
    let position =
      switch coordinates {
      case .halfPixel: (x + 0.5) / axis.scale - 0.5
      case .halfPixelSymmetric: extent / 2 * (1 - Double(axis.output) / resized) + (x + 0.5) / axis.scale - 0.5
      case .pytorchHalfPixel: resized == 1 ? -0.5 : (x + 0.5) / axis.scale - 0.5
      case .halfPixelForNearest: (x + 0.5) / axis.scale
      case .alignCorners: resized == 1 ? 0 : x * (extent - 1) / (resized - 1)
      case .asymmetric: x / axis.scale
      case .cropAndResize:
        axis.region[0] * (extent - 1)
          + (axis.region[1] - axis.region[0]) * (extent - 1) * (resized == 1 ? 0.5 : x / (resized - 1))
      }
    // Scales are rounded to single precision: what was meant to be a pixel, or just between two, is.
    let halves = (position * 2).rounded() / 2
    return abs(position - halves) <= 1e-6 * Swift.max(1, abs(position)) ? halves : position
  }

  /// The outputs of an axis that `extrapolation` takes the place of.
  func outside(_ axis: Axis, input: Int) -> [Int] {
    guard coordinates == .cropAndResize else { return [] }
    return (0..<axis.output).filter { index in
      let position = position(of: index, on: axis, input: input)
      // Not a number is nowhere inside.
      return !(position >= 0 && position <= Double(input - 1))
    }
  }

  /// What each output of an axis of extent `input` (not 0) is made of.
  func resampling(_ axis: Axis, input: Int) -> Resampling {
    if isIdentity(axis, input: input) { return .identity(input) }
    return Resampling(input: input, output: axis.output) { index in
      // Beyond the input its edge goes on: it need not be told how far beyond.
      let position = position(of: index, on: axis, input: input)
      let bounded = position.isNaN ? 0 : Swift.min(Swift.max(position, -4), Double(input) + 4)
      return taps(at: bounded, scale: axis.scale, input: input)
    }
  }

  /// Whether every output element of the axis lies on its own input element.
  func isIdentity(_ axis: Axis, input: Int) -> Bool {
    guard axis.output == input else { return false }
    switch coordinates {
    case .halfPixel, .halfPixelSymmetric, .pytorchHalfPixel, .alignCorners, .asymmetric: return axis.scale == 1
    case .cropAndResize: return axis.scale == 1 && axis.region == [0, 1]
    case .halfPixelForNearest:
      return axis.scale == 1 && mode == .nearest && (rounding == .preferFloor || rounding == .floor)
    }
  }

  private func taps(at position: Double, scale: Double, input: Int) -> [Resampling.Tap] {
    let base = position.rounded(.down)
    let ratio = position - base
    let first = Int(base)
    var weighted: [(index: Int, weight: Double)]
    // A filter against aliasing is as wide as the output's pixels are, at most the input.
    let spread = antialiases && scale < 1 ? Swift.min(1 / scale, Double(input)) : 1
    switch mode {
    case .nearest: weighted = [(first + nearest(ratio, scale: scale), 1)]
    case .linear where spread == 1: weighted = [(first, 1 - ratio), (first + 1, ratio)]
    case .linear: weighted = filter(first, ratio, reach: 1, spread) { Swift.max(0, 1 - $0) }
    case .cubic: weighted = filter(first, ratio, reach: 2, spread, cubic)
    }
    if excludesOutside, mode != .nearest {
      weighted = weighted.filter { $0.index >= 0 && $0.index < input }
    }
    if excludesOutside || spread > 1 {
      let sum = weighted.reduce(0) { $0 + $1.weight }
      if sum != 0 { weighted = weighted.map { ($0.index, $0.weight / sum) } }
    }
    var taps: [Resampling.Tap] = []
    for (index, weight) in weighted where weight != 0 {
      let index = Swift.min(Swift.max(index, 0), input - 1)
      if let last = taps.indices.last, taps[last].index == index {
        taps[last].weight += Float(weight)
      } else {
        taps.append(.init(index: index, weight: Float(weight)))
      }
    }
    return taps
  }

  private func nearest(_ ratio: Double, scale: Double) -> Int {
    guard ratio != 0 else { return 0 }
    switch rounding {
    case .preferFloor: return ratio > 0.5 ? 1 : 0
    case .preferCeil: return ratio >= 0.5 ? 1 : 0
    case .floor: return 0
    case .ceil: return 1
    case .simple: return scale < 1 ? 1 : 0
    }
  }

  /// The taps whose distance, in pixels of `spread`, is below `reach`.
  private func filter(
    _ first: Int, _ ratio: Double, reach: Double, _ spread: Double, _ weight: (Double) -> Double
  ) -> [(index: Int, weight: Double)] {
    let start = Int((-reach * spread).rounded(.down)) + 1
    return (start...1 - start).map { (first + $0, weight(abs(Double($0) - ratio) / spread)) }
  }

  /// Cubic convolution (Keys, 1981).
  private func cubic(_ distance: Double) -> Double {
    let a = Double(cubicCoefficient)
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0
  }
}
