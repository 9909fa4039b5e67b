import Networks
import Plans
import Tensors

/// One value while it is gathered from its holders: rows along an axis, each complete or not yet.
///
/// `[1, C, H, W]` with its channels as rows is gathered in the kernels' blocked layout, other values in row-major order;
/// so are maps of a few channels, which convolutions take as they are and blocks would fill with zeros.
struct GatherBuffer {
  private enum Storage {
    case map(FeatureMap)
    case tensor(Tensor)
    /// While the value is being written to, so that there is one reference to it and nothing is copied.
    case taken
  }

  let value: GatheredValue
  let shape: Shape
  let rowAxis: Int
  let elementsPerRow: Int
  private var storage: Storage
  /// Elements placed, by row.
  private var placed: [Int]

  /// A buffer without any rows. The shape has at least one element and the axis is one of its own.
  init(value: GatheredValue, shape: Shape, rowAxis: Int) {
    self.value = value
    self.shape = shape
    self.rowAxis = rowAxis
    if shape.rank == 4, shape[0] == 1, rowAxis == 1, shape[1] >= FeatureMap.block {
      storage = .map(FeatureMap(channels: shape[1], height: shape[2], width: shape[3]))
    } else {
      storage = .tensor(Tensor(shape: shape))
    }
    placed = [Int](repeating: 0, count: shape[rowAxis])
    elementsPerRow = shape.elementCount / max(shape[rowAxis], 1)
  }

  var rowCount: Int { placed.count }
  var missingRows: Int { placed.count { $0 < elementsPerRow } }

  /// The value, once no row is missing.
  var complete: RuntimeValue? {
    guard missingRows == 0 else { return nil }
    switch storage {
    case .map(let map): return .map(map)
    case .tensor(let tensor): return .tensor(tensor)
    case .taken: return nil
    }
  }

  /// Places a piece of the elements of `rows`, laid out row after row, that begins at `elementOffset` of them.
  mutating func place(rows: [Int], elementOffset: Int, bytes: UnsafeRawBufferPointer) throws(ExecutionError) {
    try check(rows)
    let width = MemoryLayout<Float>.stride
    let count = bytes.count / width
    let total = rows.count * elementsPerRow
    guard bytes.count % width == 0, elementOffset >= 0, elementOffset <= total, count <= total - elementOffset else {
      throw .misplaced(value, reason: "\(bytes.count) bytes at element \(elementOffset) do not fit \(rows.count) rows")
    }
    guard count > 0 else { return }
    switch storage {
    case .map(var map):
      storage = .taken
      unsafe map.set(rows: rows, offset: elementOffset, from: bytes)
      storage = .map(map)
    case .tensor(var tensor):
      storage = .taken
      unsafe copy(bytes, of: rows, elementOffset: elementOffset, into: &tensor)
      storage = .tensor(tensor)
    case .taken: return
    }
    var element = elementOffset
    while element < elementOffset + count {
      let run = min(elementsPerRow - element % elementsPerRow, elementOffset + count - element)
      placed[rows[element / elementsPerRow]] += run
      element += run
    }
  }

  private func copy(
    _ bytes: UnsafeRawBufferPointer, of rows: [Int], elementOffset: Int, into tensor: inout Tensor
  ) {
    let width = MemoryLayout<Float>.stride
    let count = bytes.count / width
    let inner = shape.dimensions.dropFirst(rowAxis + 1).reduce(1, *)
    let extent = shape[rowAxis]
    unsafe tensor.withUnsafeMutableBufferPointer { target in
      var done = 0
      while done < count {
        // The longest run that is contiguous in the value.
        let (index, within) = (elementOffset + done).quotientAndRemainder(dividingBy: elementsPerRow)
        let run = min(inner - within % inner, count - done)
        let start = (within / inner * extent + rows[index]) * inner + within % inner
        let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[done * width..<(done + run) * width])
        unsafe UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: target[start..<start + run]))
          .copyMemory(from: piece)
        done += run
      }
    }
  }

  /// Puts zeros in place of rows that nobody delivered.
  mutating func fillWithZeros(rows: [Int]) throws(ExecutionError) {
    try check(rows)
    switch storage {
    case .map(var map):
      storage = .taken
      map.fill(rows: rows, with: 0)
      storage = .map(map)
    case .tensor(var tensor):
      storage = .taken
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
      storage = .tensor(tensor)
    case .taken: return
    }
    for row in rows { placed[row] = elementsPerRow }
  }

  private func check(_ rows: [Int]) throws(ExecutionError) {
    guard let row = rows.first(where: { !placed.indices.contains($0) }) else { return }
    throw .misplaced(value, reason: "there is no row \(row) among \(placed.count)")
  }
}
