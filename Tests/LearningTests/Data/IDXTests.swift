import Tensors
import Testing

@testable import Learning

@Suite struct IDXTests {
  /// A file of unsigned bytes.
  private func file(_ extents: [Int], _ bytes: [UInt8], magic: [UInt8]? = nil) -> [UInt8] {
    let header = extents.flatMap { extent in (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) } }
    return (magic ?? [0, 0, 8, UInt8(extents.count)]) + header + bytes
  }

  /// Three training pictures of 2x3 pixels in two classes, and two for testing.
  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(file([3, 2, 3], (0..<18).map { UInt8($0 * 15) }), as: "train-images-idx3-ubyte")
    try folder.write(gzip(file([3], [0, 1, 1])), as: "train-labels-idx1-ubyte.gz")
    try folder.write(gzip(file([2, 2, 3], (0..<12).map { UInt8($0) })), as: "t10k-images-idx3-ubyte.gz")
    try folder.write(file([2], [1, 0]), as: "t10k-labels-idx1-ubyte")
    return folder
  }

  @Test func readsPlainAndPackedFiles() throws {
    let folder = try folder()
    let data = try DataSets.open(folder.path)
    #expect(data.train.count == 3)
    #expect(data.test.count == 2)
    #expect(data.train.sampleShape == [1, 1, 2, 3])
    #expect(data.train.classNames == ["0", "1"])
    let sample = try data.train.sample(1)
    #expect(sample.label == 1)
    #expect(sample.numbers == (6..<12).map { Float($0 * 15) / 255 })
    #expect(try data.test.sample(0) == Sample(numbers: (0..<6).map { Float($0) / 255 }, label: 1))
  }

  @Test func takesTheClassesNamesFromTheirFile() throws {
    let folder = try folder()
    try folder.write("left\n right \n", as: "classes.txt")
    #expect(try DataSets.open(folder.path).train.classNames == ["left", "right"])
    try folder.write("only\n", as: "classes.txt")
    expectUnreadable(folder, "train-labels-idx1-ubyte.gz", "label 1 is out of range")
  }

  @Test func namesTheFileThatIsWrong() throws {
    let images = "train-images-idx3-ubyte"
    let labels = "train-labels-idx1-ubyte.gz"
    let pixels = [UInt8](repeating: 7, count: 18)
    let wrong: [(String, [UInt8], String)] = [
      (images, file([3, 2, 3], pixels, magic: [0, 0, 8, 1]), "0 0 8 1 instead of 0 0 8 3"),
      (images, file([3, 2, 3], pixels, magic: [0, 0, 13, 3]), "0 0 d 3 instead"),
      (images, file([3, 2, 3], Array(pixels.dropLast())), "ends after 17 of 18"),
      (images, file([3, 2, 3], pixels + [1]), "goes on after"),
      (images, file([2, 2, 3], Array(pixels.prefix(12))), "3 labels"),
      (images, file([0xffff_ffff, 0xffff, 3], pixels), "promises"),
      (images, file([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], pixels), "promises"),
      (images, file([0, 2, 3], []), "promises 0x2x3"),
      (images, [0, 0], "ends after 2 of 4"),
      (images, [], "ends after 0 of 4"),
      (images, Array(gzip(file([3, 2, 3], pixels)).prefix(40)), "ends too early"),
      (images, Array(gzip(file([3, 2, 3], pixels)).dropLast(6)), "ends too early"),
      (images, gzip(file([1 << 20, 2, 3], pixels)), "more than its"),
      (labels, gzip(file([4], [0, 1, 1, 0])), "4 labels"),
      (labels, Array(gzip(file([3], [0, 1, 1])).prefix(12)), "too early"),
    ]
    for (name, bytes, reason) in wrong {
      let folder = try folder()
      try folder.write(bytes, as: name)
      expectUnreadable(folder, bytes.count > 12 && reason == "3 labels" ? labels : name, reason)
    }
  }

  @Test func comparesTheChecksum() throws {
    let folder = try folder()
    var packed = gzip(file([3], [0, 1, 1]))
    packed[packed.count - 8] ^= 1
    try folder.write(packed, as: "train-labels-idx1-ubyte.gz")
    expectUnreadable(folder, "train-labels-idx1-ubyte.gz", "damaged")
  }

  @Test func refusesTestLabelsThatTrainingLacks() throws {
    let folder = try folder()
    try folder.write(file([2], [1, 2]), as: "t10k-labels-idx1-ubyte")
    expectUnreadable(folder, "t10k-labels-idx1-ubyte", "label 2 is out of range")
  }

  @Test func saysWhichFileIsMissing() throws {
    let folder = try folder()
    try folder.remove("train-labels-idx1-ubyte.gz")
    expectUnreadable(folder, "", "train-labels-idx1-ubyte")
  }

  @Test func takesNoMoreThanTheLimit() throws {
    let folder = try folder()
    var options = DataOptions()
    options.maximumBytes = 17
    #expect(throws: LearningError.self) { try DataSets.open(folder.path, options: options) }
    options.maximumBytes = 18
    #expect(throws: Never.self) { try DataSets.open(folder.path, options: options) }
  }
}

/// Expects that the data set in `folder` is refused because of the file `name`, for a reason that contains `reason`.
func expectUnreadable(
  _ folder: ScratchFolder, _ name: String, _ reason: String, options: DataOptions = DataOptions(),
  sourceLocation: SourceLocation = #_sourceLocation
) {
  do {
    _ = try DataSets.open(folder.path, options: options)
    Issue.record("\(name) was taken, expected: \(reason)", sourceLocation: sourceLocation)
  } catch LearningError.unreadableData(let path, let found) {
    #expect(path == (name.isEmpty ? folder.path : folder.path + "/" + name), sourceLocation: sourceLocation)
    #expect(found.contains(reason), sourceLocation: sourceLocation)
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
}
