import Networks

extension Reference {
  struct Place {
    var kernel, stride, dilation, before, after, count: Int
    /// Input positions under the window, those in the padding too.
    func positions(_ index: Int) -> [Int] { (0..<kernel).map { index * stride - before + $0 * dilation } }
  }

  /// One a spatial dimension.
  func places(kernel: [Int]) -> [Place] {
    let spatial = Array(x.shape[2...])
    let rank = spatial.count
    let strides = list("strides") ?? [Int](repeating: 1, count: rank)
    let dilations = list("dilations") ?? [Int](repeating: 1, count: rank)
    let pads = list("pads") ?? [Int](repeating: 0, count: 2 * rank)
    return (0..<rank).map { d in
      var place = Place(
        kernel: kernel[d], stride: strides[d], dilation: dilations[d], before: pads[d], after: pads[rank + d], count: 0)
      let reach = (place.kernel - 1) * place.dilation + 1
      if case .string(let mode) = node.attributes["auto_pad"], mode.hasPrefix("SAME") {
        let wanted = (spatial[d] + place.stride - 1) / place.stride
        let total = Swift.max((wanted - 1) * place.stride + reach - spatial[d], 0)
        place.before = mode == "SAME_UPPER" ? total / 2 : (total + 1) / 2
        place.after = total - place.before
      }
      // Count them one by one: a window counts when it lies inside, or with ceil_mode begins before the end padding.
      var index = 0
      while true {
        let start = index * place.stride - place.before
        let isInside = start + reach <= spatial[d] + place.after
        let hangsOver =
          integer("ceil_mode", 0) == 1 && start < spatial[d] && start - place.stride + reach < spatial[d] + place.after
        guard isInside || hangsOver else { break }
        index += 1
      }
      place.count = index
      return place
    }
  }

  func convolution() -> Values {
    let weights = inputs[1]!
    let rowsPerGroup = weights.shape[0] / integer("group", 1)
    let (channels, area) = (weights.shape[1], product(weights.shape[2...]))
    let places = places(kernel: Array(weights.shape[2...]))
    let pixels = product(x.shape[2...])
    return Values([x.shape[0], weights.shape[0]] + places.map(\.count)) { index in
      // Which pixel lies under each tap; nil in the padding.
      var taps: [Int?] = [0]
      for (d, place) in places.enumerated() {
        taps = taps.flatMap { outer in
          place.positions(index[2 + d]).map { position in
            guard let outer, position >= 0, position < x.shape[2 + d] else { return nil }
            return outer * x.shape[2 + d] + position
          }
        }
      }
      var sum = inputs.count > 2 ? inputs[2]?.elements[index[1]] ?? 0 : 0
      for channel in 0..<channels {
        let source = (index[0] * x.shape[1] + index[1] / rowsPerGroup * channels + channel) * pixels
        let weight = (index[1] * channels + channel) * area
        for (tap, pixel) in taps.enumerated() {
          if let pixel { sum += x.elements[source + pixel] * weights.elements[weight + tap] }
        }
      }
      return sum
    }
  }

  /// `reduce` gets the elements inside the input and the number of places in the padding that count.
  func pooled(_ reduce: ([Double], Int) -> Double) -> Values {
    let kernel = list("kernel_shape")!
    let places = places(kernel: kernel)
    return Values([x.shape[0], x.shape[1]] + places.map(\.count)) { index in
      var values: [Double] = []
      var padded = 0
      Values.forEachIndex(of: kernel) { tap in
        var source = [index[0], index[1]]
        var isInside = true
        var isPadding = true
        for (d, place) in places.enumerated() {
          let position = place.positions(index[2 + d])[tap[d]]
          isInside = isInside && position >= 0 && position < x.shape[2 + d]
          isPadding = isPadding && position < x.shape[2 + d] + place.after
          source.append(position)
        }
        if isInside { values.append(x[source]) } else if isPadding { padded += 1 }
      }
      return reduce(values, integer("count_include_pad", 0) == 1 ? padded : 0)
    }
  }

  func global(_ reduce: ([Double]) -> Double) -> Values {
    let size = product(x.shape[2...])
    return Values([x.shape[0], x.shape[1]] + x.shape[2...].map { _ in 1 }) { index in
      let plane = index[0] * x.shape[1] + index[1]
      return reduce(Array(x.elements[plane * size..<(plane + 1) * size]))
    }
  }

  /// Where the largest element under each window lies, counted through the whole input.
  func indicesOfLargest() -> Values {
    let kernel = list("kernel_shape")!
    let places = places(kernel: kernel)
    let rank = kernel.count
    // How far apart neighbours are along each spatial dimension.
    let steps = (0..<rank).map { d in
      integer("storage_order", 0) == 1 ? product(x.shape[2..<2 + d]) : product(x.shape[(3 + d)...])
    }
    let size = product(x.shape[2...])
    return Values([x.shape[0], x.shape[1]] + places.map(\.count)) { index in
      var best: (element: Double, index: Int)?
      Values.forEachIndex(of: kernel) { tap in
        let position = (0..<rank).map { places[$0].positions(index[2 + $0])[tap[$0]] }
        guard zip(position, x.shape[2...]).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return }
        let element = x[[index[0], index[1]] + position]
        guard element > best?.element ?? -.infinity else { return }
        let plane = (index[0] * x.shape[1] + index[1]) * size
        best = (element, plane + zip(position, steps).reduce(0) { $0 + $1.0 * $1.1 })
      }
      return Double(best!.index)
    }
  }
}
