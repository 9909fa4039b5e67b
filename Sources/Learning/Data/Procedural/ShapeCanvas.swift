/// A colour picture of 32x32 that layers are painted on, anti-aliased.
struct ShapeCanvas {
  static let side = 32
  static let pixels = side * side

  typealias Colour = SIMD3<Float>

  /// Three planes, red, green, blue, in 0...1 or a little beyond.
  private(set) var planes = [Float](repeating: 0, count: 3 * pixels)

  /// Sets every pixel.
  mutating func fill(_ colour: (_ x: Float, _ y: Float) -> Colour) {
    planes.withUnsafeMutableBufferPointer { planes in
      for row in 0..<Self.side {
        for column in 0..<Self.side {
          let colour = colour(Float(column), Float(row))
          for channel in 0..<3 { planes[channel * Self.pixels + row * Self.side + column] = colour[channel] }
        }
      }
    }
  }

  /// Lays `colour` over the pixels within `reach` of `centre` as far as they are inside of an outline: `distance` says
  /// how many pixels a place, relative to the centre, lies outside of it.
  @inline(__always)
  mutating func paint(
    _ colour: Colour, around centre: SIMD2<Float>, reach: Float, distance: (_ x: Float, _ y: Float) -> Float
  ) {
    func clamped(_ number: Float) -> Int { Int(min(max(number, 0), Float(Self.side))) }
    let rows = clamped(centre.y - reach)..<clamped(centre.y + reach + 2)
    let columns = clamped(centre.x - reach)..<clamped(centre.x + reach + 2)
    planes.withUnsafeMutableBufferPointer { planes in
      for row in rows {
        for column in columns {
          let cover = min(max(0.5 - distance(Float(column) - centre.x, Float(row) - centre.y), 0), 1)
          guard cover > 0 else { continue }
          let pixel = row * Self.side + column
          for channel in 0..<3 {
            let old = planes[channel * Self.pixels + pixel]
            planes[channel * Self.pixels + pixel] = old + cover * (colour[channel] - old)
          }
        }
      }
    }
  }

  /// The picture in bytes under `light`, with noise of standard deviation `noise`, the sum of many coin tosses.
  func developed(
    noise: Float, random: inout SeededRandom, into bytes: UnsafeMutableBufferPointer<UInt8>,
    light: (_ x: Float, _ y: Float) -> Float
  ) {
    // 64 coins have a standard deviation of 4.
    let step = noise * 255 / 4
    planes.withUnsafeBufferPointer { planes in
      for row in 0..<Self.side {
        for column in 0..<Self.side {
          let brightness = light(Float(column), Float(row)) * 255
          for channel in 0..<3 {
            let index = channel * Self.pixels + row * Self.side + column
            let grain = Float(random.next().nonzeroBitCount - 32) * step
            bytes[index] = UInt8(min(max(planes[index] * brightness + grain, 0), 255) + 0.5)
          }
        }
      }
    }
  }
}
