import Foundation
import Learning
import Networks
import Tensors

/// A network computed plainly, in double precision and for a batch: what the kernels' gradients are measured by.
struct DoubleReference {
  let network: Network
  let shapes: [String: Shape]
  private let computations: [Computation?]

  init(_ network: Network) throws {
    self.network = network
    let shapes = try network.inferredShapes()
    self.shapes = shapes
    computations = try network.nodes.map { try network.computation(of: $0, shapes: shapes) }
  }

  /// Of each output the samples' numbers one after the other, and the batch's statistics by the node's name.
  func callAsFunction(
    _ inputs: [[Double]], samples: Int, constants: [String: [Double]]
  ) -> (outputs: [[Double]], statistics: [String: (mean: [Double], variance: [Double])]) {
    var values: [String: [[Double]]] = [:]
    for (input, numbers) in zip(network.inputs, inputs) {
      let count = input.shape.elementCount
      values[input.name] = (0..<samples).map { Array(numbers[($0 * count)..<(($0 + 1) * count)]) }
    }
    for (name, constant) in network.constants {
      guard case .float(let tensor) = constant else { continue }
      values[name] = [[Double]](repeating: constants[name] ?? tensor.elements.map(Double.init), count: samples)
    }
    var statistics: [String: ([Double], [Double])] = [:]
    for (node, computation) in zip(network.nodes, computations) {
      let given = node.inputs.map { values[$0] }
      if case .batchNormalization(let epsilon, _) = computation, let x = given[0], let scale = given[1],
        let shift = given[2], let shape = shapes[node.inputs[0]]
      {
        let moments = Self.moments(x, channels: shape[1])
        statistics[node.name] = moments
        values[node.outputs[0]] = x.enumerated().map { sample, numbers in
          let pixels = numbers.count / shape[1]
          return numbers.enumerated().map { index, number in
            let c = index / pixels
            return (number - moments.mean[c]) / (moments.variance[c] + Double(epsilon)).squareRoot()
              * scale[sample][c] + shift[sample][c]
          }
        }
        continue
      }
      for (position, name) in node.outputs.enumerated() where !name.isEmpty {
        values[name] = (0..<samples).map { sample in
          compute(node, computation, given.map { $0?[sample] }, output: position)
        }
      }
    }
    return (network.outputs.map { (values[$0.name] ?? []).flatMap { $0 } }, statistics)
  }

  private static func moments(_ x: [[Double]], channels: Int) -> (mean: [Double], variance: [Double]) {
    let pixels = x[0].count / channels
    let count = Double(x.count * pixels)
    var mean = [Double](repeating: 0, count: channels)
    var variance = mean
    for numbers in x { for (i, n) in numbers.enumerated() { mean[i / pixels] += n / count } }
    for numbers in x {
      for (i, n) in numbers.enumerated() {
        variance[i / pixels] += (n - mean[i / pixels]) * (n - mean[i / pixels]) / count
      }
    }
    return (mean, variance)
  }

  private func compute(_ node: Node, _ computation: Computation?, _ inputs: [[Double]?], output: Int) -> [Double] {
    guard let x = inputs.first ?? nil, let shape = shapes[node.inputs[0]], let to = shapes[node.outputs[output]]
    else { return [] }
    switch computation {
    case .convolution(let window, let groups): return convolve(x, inputs, node, window, groups, shape, to)
    case .product(let product): return multiply(x, inputs, node, product, shape, to)
    case .layerNormalization(let width, let epsilon):
      return rows(x, width) { row in
        let mean = row.reduce(0, +) / Double(width)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        return row.enumerated().map { i, n in
          (n - mean) / (variance + Double(epsilon)).squareRoot() * (inputs[1]?[i] ?? 1)
            + (inputs.count > 2 ? inputs[2]?[i] ?? 0 : 0)
        }
      }
    case .softmax(let width):
      return rows(x, width) { row in
        let largest = row.max() ?? 0
        let sum = row.reduce(0) { $0 + exp($1 - largest) }
        return row.map { exp($0 - largest) / sum }
      }
    case .function(let activation): return x.map { Self.function(activation, $0) }
    case .arithmetic(let operation):
      guard let y = inputs[1], let other = shapes[node.inputs[1]] else { return [] }
      let (a, b) = (Self.broadcast(x, shape, to), Self.broadcast(y, other, to))
      return zip(a, b).map { a, b in
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        }
      }
    case .maximumPool(let window): return pool(x, shape, to, window) { found, _ in found.max() ?? 0 }
    case .averagePool(let window, let countsPadding):
      return pool(x, shape, to, window) { $0.reduce(0, +) / Double(countsPadding ? $1 : $0.count) }
    case .globalAveragePool:
      let pixels = x.count / shape[1]
      return (0..<shape[1]).map { c in x[(c * pixels)..<((c + 1) * pixels)].reduce(0, +) / Double(pixels) }
    case .globalMaximumPool:
      let pixels = x.count / shape[1]
      return (0..<shape[1]).map { c in x[(c * pixels)..<((c + 1) * pixels)].max() ?? 0 }
    case .reshape, .dropout: return x
    case .arrangement(let outputs):
      var result = [Double](repeating: 0, count: to.elementCount)
      for move in outputs[output] {
        guard let source = inputs[move.input] else { continue }
        walk(move.axes) { from, into in
          result[move.outputOffset + into] += Double(move.scale) * source[move.inputOffset + from]
        }
      }
      return result
    case .recurrence(let recurrence):
      let outputs = RecurrenceReference(recurrence, x, inputs)
      return [outputs.states, outputs.last, outputs.lastCell][output]
    case .batchNormalization, nil: return []
    }
  }

  private func walk(_ axes: [Computation.Move.Axis], _ body: (Int, Int) -> Void) {
    guard let axis = axes.first else { return body(0, 0) }
    for index in 0..<axis.extent {
      walk(Array(axes.dropFirst())) { body($0 + index * axis.inputStep, $1 + index * axis.outputStep) }
    }
  }

  private func rows(_ x: [Double], _ width: Int, _ body: ([Double]) -> [Double]) -> [Double] {
    stride(from: 0, to: x.count, by: width).flatMap { body(Array(x[$0..<($0 + width)])) }
  }

  private func convolve(
    _ x: [Double], _ inputs: [[Double]?], _ node: Node, _ window: Window, _ groups: Int, _ shape: Shape, _ to: Shape
  ) -> [Double] {
    guard let weights = inputs[1] else { return [] }
    let (height, width) = (shape.rank == 4 ? shape[2] : 1, shape[shape.rank - 1])
    let (outHeight, outWidth) = (to.rank == 4 ? to[2] : 1, to[to.rank - 1])
    let (per, outPer) = (shape[1] / groups, to[1] / groups)
    var result: [Double] = []
    for m in 0..<to[1] {
      for oy in 0..<outHeight {
        for ox in 0..<outWidth {
          var sum = inputs.count > 2 ? inputs[2]?[m] ?? 0 : 0
          for c in 0..<per {
            for ky in 0..<window.kernelHeight {
              for kx in 0..<window.kernelWidth {
                let y = oy * window.strideY - window.padTop + ky * window.dilationY
                let x0 = ox * window.strideX - window.padLeft + kx * window.dilationX
                guard y >= 0, y < height, x0 >= 0, x0 < width else { continue }
                sum +=
                  x[((m / outPer * per + c) * height + y) * width + x0]
                  * weights[((m * per + c) * window.kernelHeight + ky) * window.kernelWidth + kx]
              }
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  private func multiply(
    _ x: [Double], _ inputs: [[Double]?], _ node: Node, _ product: Computation.Product, _ shape: Shape, _ to: Shape
  ) -> [Double] {
    guard let w = inputs[1], let other = shapes[node.inputs[1]] else { return [] }
    let depth = shape[shape.rank - 1]
    let columns = to[to.rank - 1]
    let rowsAMatrix = shape[shape.rank - 2]
    let matrices = other.rank > 2 ? other.dimensions.dropLast(2).reduce(1, *) : 1
    return (0..<to.elementCount).map { index in
      let (row, column) = (index / columns, index % columns)
      let matrix = matrices > 1 ? row / rowsAMatrix : 0
      var sum = 0.0
      for k in 0..<depth {
        sum +=
          x[row * depth + k]
          * w[matrix * depth * columns + (product.transposesRight ? column * depth + k : k * columns + column)]
      }
      let bias = inputs.count > 2 ? inputs[2].map { $0[$0.count == 1 ? 0 : column] } ?? 0 : 0
      return Double(product.scale) * sum + Double(product.biasScale) * bias
    }
  }

  /// `reduce` takes what lies under a window, and how many places it has within the padded input: those that `ceil_mode`
  /// adds beyond do not count.
  private func pool(
    _ x: [Double], _ shape: Shape, _ to: Shape, _ window: Window, _ reduce: ([Double], Int) -> Double
  ) -> [Double] {
    let (height, width) = (shape.rank == 4 ? shape[2] : 1, shape[shape.rank - 1])
    let (outHeight, outWidth) = (to.rank == 4 ? to[2] : 1, to[to.rank - 1])
    var result: [Double] = []
    for c in 0..<to[1] {
      for oy in 0..<outHeight {
        for ox in 0..<outWidth {
          var found: [Double] = []
          var places = 0
          for ky in 0..<window.kernelHeight {
            for kx in 0..<window.kernelWidth {
              let y = oy * window.strideY - window.padTop + ky * window.dilationY
              let x0 = ox * window.strideX - window.padLeft + kx * window.dilationX
              if y < height + window.padBottom, x0 < width + window.padRight { places += 1 }
              if y >= 0, y < height, x0 >= 0, x0 < width { found.append(x[(c * height + y) * width + x0]) }
            }
          }
          result.append(reduce(found, places))
        }
      }
    }
    return result
  }

  private static func broadcast(_ x: [Double], _ shape: Shape, _ whole: Shape) -> [Double] {
    let missing = whole.rank - shape.rank
    return (0..<whole.elementCount).map { index in
      var (rest, place, step) = (index, 0, 1)
      for axis in whole.dimensions.indices.reversed() {
        let i = rest % whole[axis]
        rest /= whole[axis]
        guard axis >= missing else { continue }
        let own = shape[axis - missing]
        if own != 1 { place += i * step }
        step *= own
      }
      return x[place]
    }
  }

  static func function(_ activation: Activation, _ x: Double) -> Double {
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    switch activation {
    case .none: return x
    case .relu: return max(x, 0)
    case .clip(let low, let high): return min(max(x, Double(low)), Double(high))
    case .leakyRelu(let slope): return x < 0 ? Double(slope) * x : x
    case .elu(let alpha): return x < 0 ? Double(alpha) * (exp(x) - 1) : x
    case .sigmoid: return sigmoid(x)
    case .silu: return x * sigmoid(x)
    case .hardSigmoid(let a, let b): return min(max(Double(a) * x + Double(b), 0), 1)
    case .hardSwish: return x * min(max(x / 6 + 0.5, 0), 1)
    case .gelu: return x / 2 * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh: return x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .tanh: return tanh(x)
    case .exp: return exp(x)
    case .erf: return erf(x)
    case .selu(let alpha, let gamma): return Double(gamma) * (x < 0 ? Double(alpha) * (exp(x) - 1) : x)
    case .celu(let alpha): return x < 0 ? Double(alpha) * (exp(x / Double(alpha)) - 1) : x
    case .swish(let rate): return x * sigmoid(Double(rate) * x)
    case .mish: return x * tanh(log(1 + exp(x)))
    case .softplus: return log(1 + exp(x))
    case .softsign: return x / (1 + abs(x))
    case .log: return log(x)
    case .squareRoot: return x.squareRoot()
    case .reciprocal: return 1 / x
    case .magnitude: return abs(x)
    case .negation: return -x
    case .floor: return x.rounded(.down)
    case .ceiling: return x.rounded(.up)
    case .rounding: return x.rounded(.toNearestOrEven)
    }
  }
}
