import Glibc
import Tensors
import Testing

@testable import Pictures

@Suite("Inputs")
struct InputTests {
  @Test func directoriesAreSortedAndFilteredByName() throws {
    let directory = try TemporaryDirectory()
    for name in ["b.PNG", "a.jpeg", "Z.jpg", "é.npy", "c.txt", ".hidden.png", "noextension", "d.ppm"] {
      try directory.write([], as: name)
    }
    try directory.makeDirectory("folder.png")
    let path = directory.path
    let expected = ["Z.jpg", "a.jpeg", "b.PNG", "d.ppm", "é.npy"].map { InputSource.file("\(path)/\($0)") }
    #expect(try InputList.expand([path]) == expected)
    #expect(try InputList.expand([path + "/"]) == expected)
    #expect(
      try InputList.expand([path + "/c.txt", "-", path]) == [.file(path + "/c.txt"), .standardInput] + expected,
      "a file that is named is taken whatever its extension")
  }

  @Test func whatIsNotThereIsNamed() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    #expect(throws: PictureError.unreadable(name: path + "/x", reason: "No such file or directory")) {
      try InputList.expand([path + "/x"])
    }
    #expect(
      throws: PictureError.unreadable(
        name: path, reason: "the directory holds no .jpg, .jpeg, .png, .ppm, .pgm, .pnm, .npy file")
    ) { try InputList.expand([path]) }
    #expect(throws: PictureError.unreadable(name: "-", reason: "standard input can be named only once")) {
      try InputList.expand(["-", "-"])
    }
    #expect(throws: PictureError.unreadable(name: path, reason: "it is a directory")) {
      try Picture(contentsOf: path)
    }
  }

  @Test func filesOfEitherKindBecomeTensors() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Array("P5 2 1 255 ".utf8) + [0, 255], as: "p.pgm")
    try NPY.write(Tensor(shape: [1, 2], elements: [3, 4]), to: directory.path + "/t.npy")
    let shape: Shape = [1, 1, 1, 2]
    #expect(
      try InputTensor.load(directory.path + "/p.pgm", preprocessing: .unit, shape: shape).elements == [0, 1])
    #expect(
      try InputTensor.load(directory.path + "/t.npy", preprocessing: .unit, shape: shape).elements == [3, 4])
    #expect(throws: PictureError.unreadable(name: directory.path + "/q", reason: "No such file or directory")) {
      try InputTensor.load(directory.path + "/q", preprocessing: .unit, shape: shape)
    }
  }

  @Test func aPreprocessingFileIsRead() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Array(#"{"resize": 40, "crop": 32, "scale": 0.5}"#.utf8), as: "p.json")
    let preprocessing = try Preprocessing(presetOrFile: directory.path + "/p.json")
    #expect(try preprocessing == Preprocessing(resize: 40, crop: 32, scale: 0.5))
    let picture = Picture(width: 50, height: 45, channels: 1, samples: [UInt8](repeating: 8, count: 2250))
    let tensor = try preprocessing.tensor(from: picture, for: [1, 3, 32, 32], name: "x")
    #expect(tensor.elements.allSatisfy { $0 == 4 })
  }

  /// What a frame reader sees of `bytes` written into a pipe in chunks.
  private func frames(_ bytes: [UInt8], width: Int, height: Int, channels: Int) throws -> [Picture] {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    try #require(bytes.count < 4096 && write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    var reader = try FrameReader(
      descriptor: ends[0], width: width, height: height, channels: channels, name: "the camera")
    var frames: [Picture] = []
    while let frame = try reader.next() { frames.append(frame) }
    return frames
  }

  @Test func aStreamIsCutIntoFrames() throws {
    #expect(
      try frames(Array(0..<24), width: 2, height: 2, channels: 3) == [
        Picture(width: 2, height: 2, channels: 3, samples: Array(0..<12)),
        Picture(width: 2, height: 2, channels: 3, samples: Array(12..<24)),
      ])
    #expect(try frames([], width: 2, height: 2, channels: 1).isEmpty)
    #expect(
      throws: PictureError.malformed(
        name: "the camera", kind: "raw",
        reason: "it ended after 1 of the 12 bytes of frame 3 (2x2, 3 bytes a pixel)")
    ) { try frames(Array(0..<25), width: 2, height: 2, channels: 3) }
    #expect(throws: PictureError.self) { try FrameReader(width: 1 << 40, height: 1 << 40, channels: 3) }
    #expect(throws: PictureError.self) { try FrameReader(width: 2, height: 2, channels: 2) }
  }
}
