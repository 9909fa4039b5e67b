import Pictures
import Tensors
import Testing

@testable import Learning

@Suite struct ArrayTests {
  /// A file of the format's first version.
  private func file(_ type: String, _ extents: [Int], _ bytes: [UInt8]) -> [UInt8] {
    let shape = extents.map { "\($0)," }.joined()
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + bytes
  }

  private func floats(_ extents: [Int], _ numbers: [Float]) -> [UInt8] {
    file(
      "<f4", extents,
      numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } })
  }

  @Test func bytesBecomeShares() throws {
    let folder = try ScratchFolder()
    try folder.write(file("|u1", [4, 2, 3], (0..<24).map { $0 * 10 }), as: "train/inputs.npy")
    try folder.write(file("<i4", [4], [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]), as: "train/labels.npy")
    try folder.write(file("|u1", [1, 2, 3], [0, 51, 102, 153, 204, 255]), as: "test/inputs.npy")
    try folder.write(file("|u1", [1], [1]), as: "test/labels.npy")
    let data = try DataSets.open(folder.path)
    #expect(data.train.sampleShape == [1, 1, 2, 3])
    #expect(data.train.classNames == ["0", "1", "2"])
    #expect(try (0..<4).map { try data.train.sample($0).label } == [0, 2, 1, 1])
    #expect(try data.test.sample(0) == Sample(numbers: [0, 0.2, 0.4, 0.6, 0.8, 1], label: 1))
    try folder.write(file("|u1", [1], [3]), as: "test/labels.npy")
    expectUnreadable(folder, "test/labels.npy", "label 3 is out of range")
  }

  @Test func numbersStayAsTheyAre() throws {
    let folder = try ScratchFolder()
    let numbers = (0..<40).map { Float($0) * 1.5 - 20 }
    try folder.write(floats([20, 2], numbers), as: "inputs.npy")
    try folder.write(file("<i8", [20, 1], (0..<20).flatMap { [$0 % 2, 0, 0, 0, 0, 0, 0, 0] }), as: "labels.npy")
    try folder.write("low\nhigh\n", as: "classes.txt")
    let data = try DataSets.open(folder.path)
    #expect(data.train.sampleShape == [1, 2])
    #expect(data.train.classNames == ["low", "high"])
    #expect((data.train.count, data.test.count) == (18, 2))
    for part in [data.train, data.test] {
      for index in 0..<part.count {
        let sample = try part.sample(index)
        let row = try #require(numbers.firstIndex(of: sample.numbers[0])) / 2
        #expect(sample == Sample(numbers: Array(numbers[row * 2..<row * 2 + 2]), label: row % 2))
      }
    }
  }

  @Test func fourAxesAreTakenAsPlanes() throws {
    let folder = try ScratchFolder()
    try folder.write(floats([2, 3, 1, 2], (0..<12).map(Float.init)), as: "inputs.npy")
    try folder.write(file("|u1", [2], [0, 0]), as: "labels.npy")
    #expect(try DataSets.open(folder.path).train.sampleShape == [1, 3, 1, 2])
    try folder.write(floats([2, 2, 2, 3], (0..<24).map(Float.init)), as: "inputs.npy")
    expectUnreadable(folder, "inputs.npy", "channels come before")
  }

  @Test func namesTheFileThatIsWrong() throws {
    let inputs = floats([2, 2], [1, 2, 3, 4])
    let labels = file("|u1", [2], [0, 0])
    let wrong: [(String, [UInt8], String)] = [
      ("inputs.npy", floats([4], [1, 2, 3, 4]), "its shape is 4"),
      ("inputs.npy", floats([2, 0], []), "its shape is 2x0"),
      ("inputs.npy", Array(inputs.dropLast()), "do not fill 15 bytes"),
      ("inputs.npy", floats([1 << 40, 2], []), "elements, at most"),
      ("inputs.npy", [1, 2, 3], "broken NPY"),
      ("labels.npy", file("|u1", [3], [0, 0, 0]), "3 labels"),
      ("labels.npy", file("|i1", [2], [0, 255]), "label -1.0 of sample 1"),
      ("labels.npy", floats([2], [0.5, 0]), "label 0.5 of sample 0"),
      ("labels.npy", floats([2], [.nan, 0]), "label nan of sample 0"),
      ("labels.npy", floats([2], [0, 65_535]), "label 65535.0 of sample 1"),
      ("labels.npy", floats([2, 2], [0, 1, 0, 1]), "its shape is 2x2"),
    ]
    for (name, bytes, reason) in wrong {
      let folder = try ScratchFolder()
      try folder.write(inputs, as: "inputs.npy")
      try folder.write(labels, as: "labels.npy")
      try folder.write(bytes, as: name)
      expectUnreadable(folder, name, reason)
    }
  }

  @Test func aNumberThatIsNotFiniteStopsTheEpoch() throws {
    let folder = try ScratchFolder()
    try folder.write(floats([20, 1], [Float](repeating: .infinity, count: 20)), as: "inputs.npy")
    try folder.write(file("|u1", [20], [UInt8](repeating: 0, count: 20)), as: "labels.npy")
    let data = try DataSets.open(folder.path)
    let stream = try BatchStream(data.train, batchSize: 4, seed: 0, epoch: 0)
    #expect(throws: LearningError.self) { try stream.next() }
  }
}
