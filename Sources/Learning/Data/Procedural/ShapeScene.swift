/// One picture of the procedural data set: a shape in a cluttered scene.
///
/// What varies, all of it drawn evenly from the given ranges:
/// - the shape's place (up to `travel` pixels off the middle each way), size (`radius`) and tilt (about 33 degrees either
///   way);
/// - its colour and the background's (any two that differ by `contrast` in RGB), the background's gradient (`gradient`
///   from side to side, each channel on its own) and the light (`gradient` again, brighter to one side);
/// - clutter behind it: `lines` lines and `blobs` small oblong blobs of any colour;
/// - what hides it: in half of the pictures a bar of any colour, and `linesInFront` thin lines;
/// - noise of a standard deviation of `noise`.
enum ShapeScene {
  /// In pixels.
  static let travel: Float = 4.5
  /// In pixels.
  static let radius: ClosedRange<Float> = 7.5...11.5
  /// The tangent of half the tilt.
  static let tilt: Float = 0.3
  /// The least distance between two colours, of 1.7 at most.
  static let contrast: Float = 0.5
  static let gradient: Float = 0.3
  static let lines = 1...4
  static let blobs = 1...4
  static let linesInFront = 0...1
  /// The full range of a channel being 1.
  static let noise: ClosedRange<Float> = 0.01...0.09

  /// Draws `shape` as `random` has it into `bytes`: three planes of 32x32.
  static func draw(
    _ shape: ShapeOutline, random: inout SeededRandom, into bytes: UnsafeMutableBufferPointer<UInt8>
  ) {
    var canvas = ShapeCanvas()
    let (ground, colour) = colours(&random)
    let middle = Float(ShapeCanvas.side - 1) / 2
    let slopeRight = vector(&random) * (gradient / 2 / middle)
    let slopeDown = vector(&random) * (gradient / 2 / middle)
    canvas.fill { x, y in ground + slopeRight * (x - middle) + slopeDown * (y - middle) }

    for _ in 0..<random.whole(lines) { line(&canvas, &random, thickness: 0.4...1.2) }
    for _ in 0..<random.whole(blobs) { blob(&canvas, &random) }

    let centre = SIMD2(middle + random.number(-travel, travel), middle + random.number(-travel, travel))
    let size = random.number(radius.lowerBound, radius.upperBound)
    let turn = rotation(within: tilt, &random)
    canvas.paint(colour, around: centre, reach: size * ShapeOutline.reach) { x, y in
      shape.distance((turn.x * x + turn.y * y) / size, (turn.x * y - turn.y * x) / size) * size
    }

    if random.below(2) == 0 { bar(&canvas, &random, near: centre, size: size) }
    for _ in 0..<random.whole(linesInFront) { line(&canvas, &random, thickness: 0.3...0.8) }

    let lightRight = random.number(-gradient, gradient) / 2 / middle
    let lightDown = random.number(-gradient, gradient) / 2 / middle
    let grain = random.number(noise.lowerBound, noise.upperBound)
    canvas.developed(noise: grain, random: &random, into: bytes) { x, y in
      1 + lightRight * (x - middle) + lightDown * (y - middle)
    }
  }

  /// Two colours that are told apart, neither of them the brighter one by rule.
  private static func colours(_ random: inout SeededRandom) -> (ground: ShapeCanvas.Colour, shape: ShapeCanvas.Colour) {
    while true {
      let pair = (any(&random), any(&random))
      let difference = pair.0 - pair.1
      if (difference * difference).sum() >= contrast * contrast { return pair }
    }
  }

  private static func any(_ random: inout SeededRandom) -> ShapeCanvas.Colour {
    ShapeCanvas.Colour(random.unit(), random.unit(), random.unit())
  }

  private static func vector(_ random: inout SeededRandom) -> ShapeCanvas.Colour {
    ShapeCanvas.Colour(random.number(-1, 1), random.number(-1, 1), random.number(-1, 1))
  }

  /// Cosine and sine of an angle, from the tangent of its half, which lies within `tangent` of 0: no trigonometry, which
  /// differs from machine to machine.
  private static func rotation(within tangent: Float, _ random: inout SeededRandom) -> SIMD2<Float> {
    let tangent = random.number(-tangent, tangent)
    let scale = 1 / (1 + tangent * tangent)
    return SIMD2((1 - tangent * tangent) * scale, 2 * tangent * scale)
  }

  private static func place(_ random: inout SeededRandom) -> SIMD2<Float> {
    SIMD2(random.number(0, Float(ShapeCanvas.side - 1)), random.number(0, Float(ShapeCanvas.side - 1)))
  }

  /// A straight line of some length.
  private static func line(_ canvas: inout ShapeCanvas, _ random: inout SeededRandom, thickness: ClosedRange<Float>) {
    let half = random.number(thickness.lowerBound, thickness.upperBound)
    rectangle(&canvas, &random, at: place(&random), halfLength: random.number(4, 14), halfWidth: half)
  }

  /// A bar that hides a part of the shape.
  private static func bar(
    _ canvas: inout ShapeCanvas, _ random: inout SeededRandom, near centre: SIMD2<Float>, size: Float
  ) {
    let offset = SIMD2(random.number(-size, size), random.number(-size, size))
    rectangle(
      &canvas, &random, at: centre + offset, halfLength: random.number(4, 12), halfWidth: random.number(0.8, 2))
  }

  private static func rectangle(
    _ canvas: inout ShapeCanvas, _ random: inout SeededRandom, at centre: SIMD2<Float>, halfLength: Float,
    halfWidth: Float
  ) {
    let turn = rotation(within: 1, &random)
    canvas.paint(any(&random), around: centre, reach: halfLength + halfWidth) { x, y in
      ShapeOutline.box(turn.x * x + turn.y * y, turn.x * y - turn.y * x, halfLength, halfWidth)
    }
  }

  /// A small blob, longer than wide.
  private static func blob(_ canvas: inout ShapeCanvas, _ random: inout SeededRandom) {
    let centre = place(&random)
    let turn = rotation(within: 1, &random)
    let width = random.number(0.8, 1.8)
    let stretch = random.number(1.5, 2.5)
    canvas.paint(any(&random), around: centre, reach: width * stretch) { x, y in
      ShapeOutline.length((turn.x * x + turn.y * y) / stretch, turn.x * y - turn.y * x) - width
    }
  }
}

extension SeededRandom {
  /// Any of `range`.
  mutating func whole(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
}
