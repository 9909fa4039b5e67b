import Tensors

/// What stands in an NPY file's header, a Python dictionary with three fixed keys.
struct NPYHeader {
  let element: NPYElement
  let shape: Shape

  init(parsing bytes: ArraySlice<UInt8>, name: String) throws(PictureError) {
    var parser = Parser(bytes: bytes, name: name)
    var descriptor: String?
    var isFortran: Bool?
    var extents: [Int]?
    try parser.expect("{")
    while !parser.skip("}") {
      let key = try parser.string()
      try parser.expect(":")
      switch key {
      case "descr": descriptor = try parser.string()
      case "fortran_order": isFortran = try parser.boolean()
      case "shape": extents = try parser.tuple()
      default: throw parser.malformed("its header has an unknown key")
      }
      if !parser.skip(",") {
        try parser.expect("}")
        break
      }
    }
    guard let descriptor, let isFortran, let extents else { throw parser.malformed("its header lacks a key") }
    guard !isFortran else {
      throw .malformed(name: name, kind: "NPY", reason: "it is in Fortran order; save numpy.ascontiguousarray(array)")
    }
    // A byte order means nothing for single bytes: "<u1" is "|u1".
    let normal = descriptor.hasSuffix("1") ? "|" + descriptor.dropFirst() : descriptor
    guard let element = NPYElement(rawValue: String(normal)) else {
      let known = NPYElement.allCases.map(\.rawValue).joined(separator: ", ")
      let given = String(descriptor.prefix(16))
      throw .malformed(name: name, kind: "NPY", reason: "its element type is '\(given)', known are \(known)")
    }
    self.element = element
    self.shape = Shape(extents)
  }

  /// Reads just as much of Python's syntax as `numpy.save` writes.
  private struct Parser {
    var bytes: ArraySlice<UInt8>
    let name: String

    func malformed(_ reason: String) -> PictureError { .malformed(name: name, kind: "NPY", reason: reason) }

    mutating func skipSpace() {
      while let byte = bytes.first, byte == 0x20 || byte == 0x0a || byte == 0x09 { bytes.removeFirst() }
    }

    mutating func skip(_ character: UnicodeScalar) -> Bool {
      skipSpace()
      guard bytes.first == UInt8(ascii: character) else { return false }
      bytes.removeFirst()
      return true
    }

    mutating func expect(_ character: UnicodeScalar) throws(PictureError) {
      guard skip(character) else { throw malformed("its header is no dictionary that we can read") }
    }

    mutating func string() throws(PictureError) -> String {
      skipSpace()
      guard let quote = bytes.popFirst(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
        throw malformed("its header lacks a text (arrays of records are not taken)")
      }
      guard let end = bytes.firstIndex(of: quote) else { throw malformed("a text in its header does not end") }
      let text = String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
      bytes = bytes[(end + 1)...]
      return text
    }

    mutating func boolean() throws(PictureError) -> Bool {
      skipSpace()
      for (word, value) in [("True", true), ("False", false)] where bytes.starts(with: Array(word.utf8)) {
        bytes.removeFirst(word.utf8.count)
        return value
      }
      throw malformed("its header's fortran_order is neither True nor False")
    }

    mutating func tuple() throws(PictureError) -> [Int] {
      try expect("(")
      var extents: [Int] = []
      while !skip(")") {
        extents.append(try integer())
        guard extents.count <= PictureLimits.maximumTensorRank else { throw malformed("its shape has too many axes") }
        if !skip(",") {
          try expect(")")
          break
        }
      }
      return extents
    }

    private mutating func integer() throws(PictureError) -> Int {
      skipSpace()
      let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard !digits.isEmpty, let value = Int(String(decoding: digits, as: UTF8.self)) else {
        throw malformed("its shape holds something that is no extent")
      }
      bytes = bytes.dropFirst(digits.count)
      return value
    }
  }
}
