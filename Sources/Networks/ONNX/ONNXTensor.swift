import Tensors

/// A tensor in a model file: where its elements are and what they are. Decoded only when it is known to be needed.
struct ONNXTensor {
  var name = ""
  var elementType = 0
  var dimensions: [Int] = []
  /// All elements as little-endian bytes.
  var raw: Range<Int>?
  /// Elements of the typed fields, each a run of packed numbers or one number.
  var floatRuns: [Range<Int>] = []
  var doubleRuns: [Range<Int>] = []
  var integerRuns: [Range<Int>] = []
  /// The data lie in another file, at a place that these entries tell.
  var isExternal = false
  private var externalEntries: [String: String] = [:]

  init(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) {
    var reader = ProtobufReader(range)
    var start = reader.position
    while let field = try reader.next(in: bytes) {
      // What a number takes, for numbers that are not packed: its own bytes end at the reader's position.
      let end = reader.position
      switch (field.number, field.value) {
      case (1, .varint(let value)): dimensions.append(Int(truncatingIfNeeded: value))
      case (1, .bytes(let range)): dimensions += try Self.integers(range, in: bytes)
      case (2, .varint(let value)): elementType = Int(truncatingIfNeeded: value)
      case (4, .bytes(let range)): floatRuns.append(range)
      case (4, .fixed32): floatRuns.append(end - 4..<end)
      case (5, .bytes(let range)), (7, .bytes(let range)), (11, .bytes(let range)): integerRuns.append(range)
      // The tag of these fields is one byte.
      case (5, .varint), (7, .varint), (11, .varint): integerRuns.append(start + 1..<end)
      case (8, .bytes(let range)): name = try ONNXModel.string(range, in: bytes)
      case (9, .bytes(let range)): raw = range
      case (10, .bytes(let range)): doubleRuns.append(range)
      case (10, .fixed64): doubleRuns.append(end - 8..<end)
      case (13, .bytes(let range)):
        isExternal = true
        let (key, value) = try Self.entry(range, in: bytes)
        externalEntries[key] = value
      case (14, .varint(let value)): isExternal = isExternal || value == 1
      case (1, _), (2, _), (4, _), (5, _), (7...11, _), (13, _):
        throw .malformedFile("tensor '\(name)' has a field \(field.number) of the wrong type")
      default: break
      }
      start = end
    }
    guard dimensions.count <= NetworkLimits.maximumRank else {
      throw .malformedFile("tensor '\(name)' has \(dimensions.count) dimensions")
    }
  }

  private static func entry(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) -> (String, String) {
    var (key, value) = ("", "")
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      guard case .bytes(let range) = field.value else { continue }
      if field.number == 1 { key = try ONNXModel.string(range, in: bytes) }
      if field.number == 2 { value = try ONNXModel.string(range, in: bytes) }
    }
    return (key, value)
  }

  /// Packed single-precision numbers.
  static func floats(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) -> [Float] {
    guard range.count % 4 == 0 else { throw .malformedFile("a list of numbers ends in the middle of one") }
    var reader = ProtobufReader(range)
    var result: [Float] = []
    result.reserveCapacity(range.count / 4)
    while !reader.isAtEnd {
      result.append(Float(bitPattern: UInt32(truncatingIfNeeded: try reader.fixed(4, in: bytes))))
    }
    return result
  }

  /// Packed integers.
  static func integers(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) -> [Int] {
    var reader = ProtobufReader(range)
    var result: [Int] = []
    while !reader.isAtEnd { result.append(Int(truncatingIfNeeded: try reader.varint(in: bytes))) }
    return result
  }
}

extension ONNXTensor {
  /// The tensor as a constant. Nothing is allocated before the file is known to hold as many elements as it claims.
  ///
  /// - Parameters:
  ///   - external: where data beside the model are found; nil where only its bytes are at hand.
  ///   - release: told of parts of the bytes that will not be looked at again.
  func constant(
    in bytes: Span<UInt8>, external: ExternalData? = nil, releasing release: (Range<Int>) -> Void = { _ in }
  ) throws(NetworkError) -> Constant {
    guard !isExternal else { return try constant(from: external) }
    guard let type = ONNXElementType(rawValue: elementType) else {
      throw .malformedFile("tensor '\(name)' has elements of type \(elementType), which edgemesh does not read")
    }
    let shape = Shape(dimensions)
    guard let count = shape.checkedElementCount(), dimensions.allSatisfy({ $0 <= 1 << 32 }) else {
      throw .malformedFile("tensor '\(name)' has the shape \(shape)")
    }
    if let raw {
      guard raw.count % type.byteCount == 0, raw.count / type.byteCount == count else {
        throw .malformedFile("tensor '\(name)' of \(shape) has \(raw.count) bytes for \(count) elements")
      }
      if type == .float { return .float(Self.tensor(shape, raw, in: bytes, releasing: release)) }
    }
    return type.isFloat
      ? .float(Tensor(shape: shape, elements: try floatElements(type, count: count, in: bytes)))
      : .integer(
        IntegerTensor(
          shape: shape, elements: try integerElements(type, count: count, in: bytes), isBoolean: type == .bool))
  }

  /// The tensor's elements from the file that it names.
  private func constant(from external: ExternalData?) throws(NetworkError) -> Constant {
    guard let external else {
      throw .malformedFile("tensor '\(name)' keeps its data in another file; load the model from its own file")
    }
    guard let type = ONNXElementType(rawValue: elementType), let count = Shape(dimensions).checkedElementCount() else {
      throw .malformedFile("tensor '\(name)' has the shape \(Shape(dimensions)) of elements of type \(elementType)")
    }
    var found = self
    found.isExternal = false
    let place = ExternalPlace(tensor: name, entries: externalEntries)
    return try external.withBytes(of: place, byteCount: count * type.byteCount) {
      (bytes, range, release) throws(NetworkError) in
      found.raw = range
      return try found.constant(in: bytes, releasing: release)
    }
  }

  /// The usual case, without a step between: little-endian floats, copied a piece at a time, so that the file's pages and
  /// the copy are not both held whole.
  private static func tensor(
    _ shape: Shape, _ raw: Range<Int>, in bytes: Span<UInt8>, releasing release: (Range<Int>) -> Void
  ) -> Tensor {
    unsafe Tensor(shape: shape, lasting: true) { destination in
      let target = UnsafeMutableRawBufferPointer(destination)
      let count = min(target.count, raw.count)
      for start in stride(from: 0, to: count, by: piece) {
        let end = min(start + piece, count)
        let part = raw.lowerBound + start..<raw.lowerBound + end
        unsafe bytes.extracting(part).withUnsafeBytes { source in
          unsafe UnsafeMutableRawBufferPointer(rebasing: target[start..<end]).copyMemory(from: source)
        }
        release(part)
      }
    }
  }

  private static let piece = 4 << 20

  private func claimed(_ count: Int, found: Int) -> NetworkError {
    .malformedFile("tensor '\(name)' of \(Shape(dimensions)) has \(found) elements for \(count)")
  }

  private func floatElements(
    _ type: ONNXElementType, count: Int, in bytes: Span<UInt8>
  ) throws(NetworkError) -> [Float] {
    var result: [Float] = []
    if raw == nil, type == .float {
      guard floatRuns.reduce(0, { $0 + $1.count / 4 }) == count else {
        throw claimed(count, found: floatRuns.reduce(0) { $0 + $1.count / 4 })
      }
      for run in floatRuns { result += try Self.floats(run, in: bytes) }
      return result
    }
    if raw != nil || type == .double {
      let runs = raw.map { [$0] } ?? doubleRuns
      guard runs.reduce(0, { $0 + $1.count / type.byteCount }) == count else {
        throw claimed(count, found: runs.reduce(0) { $0 + $1.count / type.byteCount })
      }
      result.reserveCapacity(count)
      for run in runs {
        var reader = ProtobufReader(run)
        while !reader.isAtEnd { result.append(type.float(bits: try reader.fixed(type.byteCount, in: bytes))) }
      }
      return result
    }
    // Half precision in the typed field: the bits as integers.
    for run in integerRuns {
      for bits in try Self.integers(run, in: bytes) {
        result.append(type.float(bits: UInt64(truncatingIfNeeded: bits)))
      }
    }
    guard result.count == count else { throw claimed(count, found: result.count) }
    return result
  }

  private func integerElements(
    _ type: ONNXElementType, count: Int, in bytes: Span<UInt8>
  ) throws(NetworkError) -> [Int] {
    var result: [Int] = []
    if let raw {
      result.reserveCapacity(count)
      var reader = ProtobufReader(raw)
      while !reader.isAtEnd { result.append(type.integer(bits: try reader.fixed(type.byteCount, in: bytes))) }
    } else {
      for run in integerRuns {
        result += try Self.integers(run, in: bytes).map { type.integer(bits: UInt64(bitPattern: Int64($0))) }
      }
    }
    guard result.count == count else { throw claimed(count, found: result.count) }
    return result
  }
}

extension ONNXElementType {
  /// A floating-point element from its bits.
  func float(bits: UInt64) -> Float {
    switch self {
    case .float: Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    case .double: Float(Double(bitPattern: bits))
    case .bfloat16: Float(bitPattern: UInt32(truncatingIfNeeded: bits & 0xFFFF) << 16)
    case .float16: Self.half(UInt32(truncatingIfNeeded: bits & 0xFFFF))
    default: 0
    }
  }

  /// Half precision, without the type that not every machine has.
  private static func half(_ bits: UInt32) -> Float {
    let sign = (bits & 0x8000) << 16
    let exponent = (bits >> 10) & 0x1F
    let fraction = bits & 0x3FF
    switch exponent {
    case 0:
      let magnitude = Float(fraction) / Float(1 << 24)
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | (fraction << 13))
    default: return Float(bitPattern: sign | ((exponent + 112) << 23) | (fraction << 13))
    }
  }

  /// An integer without the fraction of `number`: the nearest that there is, 0 for what is no number.
  func integer(truncating number: Float) -> Int {
    if number.isNaN { return 0 }
    let range = integerRange
    // Compared as floats: the upper end of 64 bits is not one itself.
    if number >= Float(range.upperBound) { return range.upperBound }
    if number <= Float(range.lowerBound) { return range.lowerBound }
    return Int(exactly: number.rounded(.towardZero)) ?? 0
  }

  private var integerRange: ClosedRange<Int> {
    switch self {
    case .int8: -1 << 7...1 << 7 - 1
    case .int16: -1 << 15...1 << 15 - 1
    case .int32: -1 << 31...1 << 31 - 1
    case .uint8: 0...1 << 8 - 1
    case .uint16: 0...1 << 16 - 1
    case .uint32: 0...1 << 32 - 1
    case .uint64: 0...Int.max
    default: Int.min...Int.max
    }
  }

  /// A number rounded to what this floating-point type holds.
  func rounded(_ number: Float) -> Float {
    guard number.isFinite, number != 0 else { return number }
    switch self {
    case .float16:
      // 11 bits, the last of which is at least 2^-24.
      let unit = Float(sign: .plus, exponent: Swift.max(Int(number.exponent) - 10, -24), significand: 1)
      let result = (number / unit).rounded(.toNearestOrEven) * unit
      return Swift.abs(result) > 65504 ? (result > 0 ? .infinity : -.infinity) : result
    case .bfloat16:
      let bits = number.bitPattern
      return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    default: return number
    }
  }

  /// An integer element from its bits. Unsigned 64-bit numbers beyond the signed range wrap: nothing we have uses them.
  func integer(bits: UInt64) -> Int {
    switch self {
    case .int8: Int(Int8(truncatingIfNeeded: bits))
    case .int16: Int(Int16(truncatingIfNeeded: bits))
    case .int32: Int(Int32(truncatingIfNeeded: bits))
    case .uint8: Int(UInt8(truncatingIfNeeded: bits))
    case .uint16: Int(UInt16(truncatingIfNeeded: bits))
    case .uint32: Int(UInt32(truncatingIfNeeded: bits))
    case .bool: bits == 0 ? 0 : 1
    default: Int(truncatingIfNeeded: bits)
    }
  }
}
