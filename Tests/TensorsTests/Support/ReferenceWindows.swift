@testable import Tensors

/// Convolution and pooling by their definitions, in double precision, on channel-major tensors.
enum ReferenceWindows {
  static func convolve(
    _ input: Tensor, weights: Tensor, bias: [Float]?, window: Window, groups: Int, activation: Activation,
    residual: Tensor?
  ) -> [ReferenceValue] {
    let (height, width) = (input.shape[2], input.shape[3])
    let (outHeight, outWidth) = (window.outputHeight(height), window.outputWidth(width))
    let (filters, perGroup) = (weights.shape[0], weights.shape[1])
    var result: [ReferenceValue] = []
    result.reserveCapacity(filters * outHeight * outWidth)
    input.withUnsafeBufferPointer { input in
      weights.withUnsafeBufferPointer { weights in
        for filter in 0..<filters {
          let firstChannel = filter / (filters / groups) * perGroup
          for oy in 0..<outHeight {
            for ox in 0..<outWidth {
              var sum = ReferenceValue()
              sum.add(Double(bias?[filter] ?? 0))
              var weight = filter * perGroup * window.kernelHeight * window.kernelWidth
              for channel in firstChannel..<(firstChannel + perGroup) {
                for ky in 0..<window.kernelHeight {
                  let y = oy * window.strideY - window.padTop + ky * window.dilationY
                  for kx in 0..<window.kernelWidth {
                    let x = ox * window.strideX - window.padLeft + kx * window.dilationX
                    if y >= 0, y < height, x >= 0, x < width {
                      sum.add(Double(input[(channel * height + y) * width + x]) * Double(weights[weight]))
                    }
                    weight += 1
                  }
                }
              }
              if let residual { sum.add(Double(residual[(filter * outHeight + oy) * outWidth + ox])) }
              result.append(sum.clamped(by: activation))
            }
          }
        }
      }
    }
    return result
  }

  enum Pooling { case max, average, averageWithPadding }

  static func pool(_ input: Tensor, window: Window, ceil: Bool, _ pooling: Pooling) -> [ReferenceValue] {
    let (height, width) = (input.shape[2], input.shape[3])
    var result: [ReferenceValue] = []
    for channel in 0..<input.shape[1] {
      for oy in 0..<window.outputHeight(height, ceil: ceil) {
        for ox in 0..<window.outputWidth(width, ceil: ceil) {
          var taps: [Double] = []
          var padded = 0
          for ky in 0..<window.kernelHeight {
            let y = oy * window.strideY - window.padTop + ky * window.dilationY
            for kx in 0..<window.kernelWidth {
              let x = ox * window.strideX - window.padLeft + kx * window.dilationX
              if y >= 0, y < height, x >= 0, x < width {
                taps.append(Double(input[(channel * height + y) * width + x]))
              } else if y < height + window.padBottom, x < width + window.padRight {
                padded += 1
              }
            }
          }
          let magnitude = taps.reduce(0) { $0 + $1.magnitude }
          let value =
            switch pooling {
            case .max: taps.max() ?? 0
            case .average: taps.isEmpty ? 0 : taps.reduce(0, +) / Double(taps.count)
            case .averageWithPadding: taps.isEmpty ? 0 : taps.reduce(0, +) / Double(taps.count + padded)
            }
          result.append(ReferenceValue(value: value, magnitude: pooling == .max ? 0 : magnitude))
        }
      }
    }
    return result
  }
}
