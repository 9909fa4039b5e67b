import Tensors
import Testing

@testable import Learning

@Suite struct PictureFolderTests {
  /// A portable map of `width` x `height` pixels, all of the same samples.
  private func map(_ width: Int, _ height: Int, _ pixel: [UInt8]) -> [UInt8] {
    let header = Array("P\(pixel.count == 1 ? 5 : 6) \(width) \(height) 255\n".utf8)
    return header + (0..<width * height).flatMap { _ in pixel }
  }

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(map(3, 2, [10, 20, 30]), as: "train/owl/b.ppm")
    try folder.write(map(3, 2, [40]), as: "train/owl/a.PGM")
    try folder.write(map(3, 2, [50, 60, 70]), as: "train/cat/a.ppm")
    try folder.write("not a picture", as: "train/cat/notes.txt")
    try folder.write("not a picture", as: "train/cat/.hidden.ppm")
    try folder.write(map(3, 2, [80, 90, 100]), as: "test/owl/z.ppm")
    return folder
  }

  @Test(arguments: [1, 4]) func readsTrainAndTest(threads: Int) throws {
    var options = DataOptions()
    options.threads = threads
    let folder = try folder()
    let data = try DataSets.open(folder.path, options: options)
    #expect(data.train.classNames == ["cat", "owl"])
    #expect(data.train.sampleShape == [1, 3, 2, 3])
    #expect((data.train.count, data.test.count) == (3, 1))
    func planes(_ values: [Int]) -> [Float] { values.flatMap { [Float](repeating: Float($0) / 255, count: 6) } }
    #expect(try data.train.sample(0) == Sample(numbers: planes([50, 60, 70]), label: 0))
    #expect(try data.train.sample(1) == Sample(numbers: planes([40, 40, 40]), label: 1))
    #expect(try data.train.sample(2) == Sample(numbers: planes([10, 20, 30]), label: 1))
    #expect(try data.test.sample(0) == Sample(numbers: planes([80, 90, 100]), label: 1))
  }

  @Test func greyPicturesKeepOnePlane() throws {
    let folder = try ScratchFolder()
    for (name, grey) in [("train/a/1.pgm", 1), ("train/b/1.pgm", 2), ("test/b/1.pgm", 3)] as [(String, UInt8)] {
      try folder.write(map(2, 2, [grey]), as: name)
    }
    let data = try DataSets.open(folder.path)
    #expect(data.train.sampleShape == [1, 1, 2, 2])
    #expect(try data.train.sample(1).numbers == [Float](repeating: 2 / 255, count: 4))
    try folder.write(map(2, 2, [1, 2, 3]), as: "test/a/1.ppm")
    expectUnreadable(folder, "test/a/1.ppm", "coloured")
  }

  @Test func bringsPicturesToOneSizeWhereASideIsNamed() throws {
    let folder = try folder()
    try folder.write(map(7, 4, [50, 60, 70]), as: "train/owl/c.ppm")
    expectUnreadable(folder, "train/owl/c.ppm", "it is 7x4, the first picture 3x2")
    var options = DataOptions()
    options.pictureSide = 2
    let data = try DataSets.open(folder.path, options: options)
    #expect(data.train.sampleShape == [1, 3, 2, 2])
    #expect(data.train.count == 4)
    options.pictureSide = 0
    #expect(throws: LearningError.self) { try DataSets.open(folder.path, options: options) }
  }

  @Test func doesNotScaleWhatIsFarTooThin() throws {
    let folder = try folder()
    try folder.write(map(1, 20_000, [50, 60, 70]), as: "train/owl/c.ppm")
    var options = DataOptions()
    options.pictureSide = 2_048
    expectUnreadable(folder, "train/owl/c.ppm", "too long and thin", options: options)
    options.pictureSide = 8
    #expect(try DataSets.open(folder.path, options: options).train.count == 4)
  }

  @Test func aClassMayBeCalledTrain() throws {
    let folder = try ScratchFolder()
    for name in ["train/1.pgm", "train/2.pgm", "ship/1.pgm", "ship/2.pgm"] {
      try folder.write(map(1, 1, [9]), as: name)
    }
    let data = try DataSets.open(folder.path)
    #expect(data.train.classNames == ["ship", "train"])
    #expect((data.train.count, data.test.count) == (2, 2))
    // With a test folder it is one of the two parts, and must hold class folders.
    try folder.write(map(1, 1, [9]), as: "test/ship/1.pgm")
    expectUnreadable(folder, "train", "no class folders")
  }

  @Test func keepsAShareOfEachClassForTesting() throws {
    let folder = try ScratchFolder()
    for index in 0..<20 { try folder.write(map(1, 1, [UInt8(index)]), as: "few/\(index).pgm") }
    for index in 0..<40 { try folder.write(map(1, 1, [UInt8(100 + index)]), as: "many/\(index).pgm") }
    var options = DataOptions()
    options.testShare = 0.25
    func values(_ data: any DataSet) throws -> [Int] {
      try (0..<data.count).map { Int((try data.sample($0).numbers[0] * 255).rounded()) }
    }
    let data = try DataSets.open(folder.path, options: options)
    let test = try values(data.test)
    #expect(test.count { $0 < 100 } == 5)
    #expect(test.count { $0 >= 100 } == 10)
    #expect(try Set(values(data.train) + test).count == 60)
    #expect(try values(DataSets.open(folder.path, options: options).test) == test)
    options.seed += 1
    #expect(try values(DataSets.open(folder.path, options: options).test) != test)
    for share in [0, 1, -1, Double.nan] {
      options.testShare = share
      #expect(throws: LearningError.self) { try DataSets.open(folder.path, options: options) }
    }
  }

  @Test func namesWhatIsWrong() throws {
    var folder = try folder()
    try folder.write(Array(map(3, 2, [1, 2, 3]).dropLast()), as: "train/cat/a.ppm")
    expectUnreadable(folder, "train/cat/a.ppm", "broken")
    folder = try self.folder()
    // Of several the first, however the threads run.
    for name in ["train/cat/c.jpg", "train/owl/d.jpg", "train/owl/e.jpg"] { try folder.write("text", as: name) }
    expectUnreadable(folder, "train/cat/c.jpg", "no JPEG")
    folder = try self.folder()
    try folder.write(map(3, 2, [1, 2, 3]), as: "test/dog/a.ppm")
    expectUnreadable(folder, "test/dog", "no class 'dog' to train on")
    folder = try self.folder()
    try folder.write("", as: "train/empty/readme")
    expectUnreadable(folder, "train/empty", "without pictures")
    folder = try self.folder()
    try folder.remove("test")
    expectUnreadable(folder, "", "no folder test beside it")
    folder = try self.folder()
    var options = DataOptions()
    options.maximumBytes = 3 * 18 - 1
    expectUnreadable(folder, "train/cat/a.ppm", "more than the 53 bytes allowed", options: options)
  }
}

@Suite struct DataSetsTests {
  @Test func saysWhatItLookedFor() throws {
    let folder = try ScratchFolder()
    expectUnreadable(folder, "", "looked for train-images-idx3-ubyte[.gz], data_batch_1.bin")
    #expect(throws: LearningError.unreadableData(path: "/nowhere/at/all", reason: "No such file or directory")) {
      try DataSets.open("/nowhere/at/all")
    }
  }
}
