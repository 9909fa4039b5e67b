import Plans
import Tensors

/// One value while it is gathered from its holders: rows along an axis, each present or not yet.
struct GatherBuffer {
  let value: GatheredValue
  let shape: Shape
  let rowAxis: Int
  private(set) var tensor: Tensor
  private var isPresent: [Bool]

  init(value: GatheredValue, shape: Shape, rowAxis: Int) {
    self.value = value
    self.shape = shape
    self.rowAxis = rowAxis
    tensor = Tensor(shape: shape)
    isPresent = [Bool](repeating: false, count: shape[rowAxis])
  }

  var missingRows: Int { isPresent.count { !$0 } }
  var elementsPerRow: Int { shape.elementCount / max(isPresent.count, 1) }

  /// Places a piece of the elements of `rows`, laid out row after row, that begins at `elementOffset` of them.
  mutating func place(rows: [Int], elementOffset: Int, bytes: UnsafeRawBufferPointer) throws(ExecutionError) {
    try check(rows)
    let width = MemoryLayout<Float>.stride
    let count = bytes.count / width
    let total = rows.count * elementsPerRow
    guard bytes.count % width == 0, elementOffset >= 0, elementOffset <= total, count <= total - elementOffset
    else {
      throw .misplaced(
        value, reason: "\(bytes.count) bytes at element \(elementOffset) do not fit \(rows.count) rows")
    }
    let perRow = elementsPerRow
    let inner = shape.dimensions.dropFirst(rowAxis + 1).reduce(1, *)
    let extent = shape[rowAxis]
    unsafe tensor.withUnsafeMutableBufferPointer { target in
      var element = elementOffset
      var source = 0
      while source < count {
        // The longest run that is contiguous in the value.
        let row = rows[element / perRow]
        let within = element % perRow
        let run = min(inner - within % inner, count - source)
        let start = (within / inner * extent + row) * inner + within % inner
        let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[source * width..<(source + run) * width])
        unsafe UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: target[start..<start + run]))
          .copyMemory(from: piece)
        element += run
        source += run
      }
    }
    for row in rows { isPresent[row] = true }
  }

  /// Puts zeros in place of rows that nobody delivered.
  mutating func fillWithZeros(rows: [Int]) throws(ExecutionError) {
    try check(rows)
    let inner = shape.dimensions.dropFirst(rowAxis + 1).reduce(1, *)
    let outer = shape.dimensions.prefix(rowAxis).reduce(1, *)
    let extent = shape[rowAxis]
    unsafe tensor.withUnsafeMutableBufferPointer { target in
      for row in rows {
        for block in 0..<outer {
          let start = (block * extent + row) * inner
          unsafe target[start..<start + inner].update(repeating: 0)
        }
      }
    }
    for row in rows { isPresent[row] = true }
  }

  private func check(_ rows: [Int]) throws(ExecutionError) {
    guard let row = rows.first(where: { !isPresent.indices.contains($0) }) else { return }
    throw .misplaced(value, reason: "there is no row \(row) among \(isPresent.count)")
  }
}
