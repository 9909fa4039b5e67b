import Glibc
import Tensors
import Testing

@testable import Pictures

@Suite("NPY files")
struct NPYTests {
  /// A file as `numpy.save` writes it.
  static func file(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let length = header.utf8.count
    let sizes = (0..<(version == 1 ? 2 : 4)).map { UInt8(length >> (8 * $0) & 0xff) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + sizes + Array(header.utf8) + body
  }

  static func header(_ type: String, _ shape: String, fortran: String = "False") -> String {
    "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }          \n"
  }

  struct Example: Sendable {
    var bytes: [UInt8]
    var shape: Shape
    var elements: [Float]

    init(_ bytes: [UInt8], _ shape: Shape, _ elements: [Float]) {
      (self.bytes, self.shape, self.elements) = (bytes, shape, elements)
    }
  }

  static let examples: [Example] = [
    Example(file(header("<f4", "(2,)"), [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]), [2], [1, -2.5]),
    Example(file(header("<f8", "(1, 1)"), [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]), [1, 1], [1.5]),
    Example(file(header("|u1", "(3, 1)"), [0, 128, 255]), [3, 1], [0, 128, 255]),
    Example(file(header("<u1", "(1,)"), [7]), [1], [7]),
    Example(file(header("|i1", "(2,)"), [0xff, 0x7f]), [2], [-1, 127]),
    Example(file(header("<i4", "(1,)"), [0xfe, 0xff, 0xff, 0xff]), [1], [-2]),
    Example(file(header("<i8", "(1,)"), [1, 1, 0, 0, 0, 0, 0, 0], version: 2), [1], [257]),
    Example(file(header("<f4", "()"), [0, 0, 0x80, 0x3f], version: 3), [], [1]),
    Example(file(header("<f4", "(0, 3)"), []), [0, 3], []),
    Example(file("{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"|u1\"}", [9]), [1], [9]),
  ]

  @Test(arguments: examples) func reads(_ example: Example) throws {
    let tensor = try NPY.decode(example.bytes, name: "f")
    #expect(tensor.shape == example.shape)
    #expect(tensor.elements == example.elements)
  }

  @Test(arguments: [[], [1], [7], [2, 3], [1, 3, 5, 4], [0, 2]] as [Shape]) func writtenIsReadAgain(_ shape: Shape)
    throws
  {
    var noise = Noise(seed: 5)
    let tensor = Tensor(
      shape: shape, elements: (0..<shape.elementCount).map { _ in Float.random(in: -9...9, using: &noise) })
    let directory = try TemporaryDirectory()
    let path = directory.path + "/x.npy"
    try NPY.write(tensor, to: path)
    let again = try NPY.read(path)
    #expect(again.shape == shape && again.elements == tensor.elements)
    #expect((10 + Int(NPY.header(for: shape)[8])) % 64 == 0, "the elements are aligned")
    #expect(try directory.names() == ["x.npy"], "nothing else is left behind")
  }

  @Test func whatCannotBeWrittenIsSaid() {
    #expect(
      throws: PictureError.unwritable(name: "/nonexistent/x.npy", reason: "No such file or directory")
    ) { try NPY.write(Tensor(shape: [1]), to: "/nonexistent/x.npy") }
    #expect(throws: PictureError.unwritable(name: "/dev/full", reason: "No space left on device")) {
      try NPY.write(Tensor(shape: [1]), to: "/dev/full")
    }
  }

  static let flaws: [(bytes: [UInt8], reason: String)] = [
    ([], "it does not begin with \\x93NUMPY"),
    ([0x93] + Array("NUMPY".utf8), "it ends in its header"),
    (file(header("<f4", "(1,)"), [0, 0, 0, 0], version: 4), "its format version is 4, known are 1 to 3"),
    (file(header(">f4", "(1,)"), [0, 0, 0, 0]), "its element type is '>f4', known are <f4, <f8, |u1, |i1, <i4, <i8"),
    (file(header("|O", "(1,)"), []), "its element type is '|O', known are <f4, <f8, |u1, |i1, <i4, <i8"),
    (
      file(header("<f4", "(1,)", fortran: "True"), [0, 0, 0, 0]),
      "it is in Fortran order; save numpy.ascontiguousarray(array)"
    ),
    (
      file("{'descr': [('a', '<f4')], 'shape': (1,), }", []),
      "its header lacks a text (arrays of records are not taken)"
    ),
    (file(header("<f4", "(2,)"), [0, 0, 0, 0]), "2 elements of 4 bytes do not fill 4 bytes"),
    (file(header("<f4", "(1,)"), [0, 0, 0, 0, 0]), "1 elements of 4 bytes do not fill 5 bytes"),
    (file(header("<f4", "(-1,)"), []), "its shape holds something that is no extent"),
    (file(header("<f4", "(99999999999999999999,)"), []), "its shape holds something that is no extent"),
    (file(header("<f4", "(" + String(repeating: "1,", count: 99) + ")"), []), "its shape has too many axes"),
    (file("{'descr': '<f4', 'shape': (1,), }", [0, 0, 0, 0]), "its header lacks a key"),
    (file("nonsense", []), "its header is no dictionary that we can read"),
  ]

  @Test(arguments: flaws) func flawsAreNamed(_ flaw: (bytes: [UInt8], reason: String)) {
    #expect(throws: PictureError.malformed(name: "f", kind: "NPY", reason: flaw.reason)) {
      try NPY.decode(flaw.bytes, name: "f")
    }
  }

  @Test(arguments: ["(4294967296, 4294967296)", "(9223372036854775807, 3)", "(268435457,)"])
  func hugeShapesAreRefused(_ shape: String) {
    #expect {
      try NPY.decode(Self.file(Self.header("|u1", shape), []), name: "f")
    } throws: { error in
      if case PictureError.tooLarge = error { true } else { false }
    }
  }

  @Test(arguments: 0..<examples.count) func damageNeverCrashes(_ index: Int) {
    let example = Self.examples[index]
    var noise = Noise(seed: UInt64(index))
    for _ in 0..<2000 {
      guard let tensor = try? NPY.decode(example.bytes.damaged(by: &noise), name: "f") else { continue }
      #expect(tensor.count == tensor.shape.elementCount, "seed \(index)")
    }
  }

  @Test func aTensorFitsUpToLeadingOnes() throws {
    let tensor = Tensor(shape: [3, 2, 2], repeating: 1)
    #expect(try InputTensor.fit(tensor, to: [1, 3, 2, 2], name: "f").shape == [1, 3, 2, 2])
    #expect(
      throws: PictureError.misfit(name: "f", reason: "it holds a tensor of 3x2x2, the network takes 1x3x4x4")
    ) { try InputTensor.fit(tensor, to: [1, 3, 4, 4], name: "f") }
  }
}
