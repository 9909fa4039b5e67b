import Tensors
import Testing

@testable import Learning

@Suite struct CIFARTests {
  /// One picture whose bytes count up from its label.
  private func record(_ labels: [UInt8]) -> [UInt8] {
    labels + (0..<3072).map { UInt8(truncatingIfNeeded: $0 + Int(labels.last!)) }
  }

  private func ten() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(record([3]) + record([9]), as: "data_batch_1.bin")
    try folder.write(record([0]), as: "data_batch_2.bin")
    try folder.write(record([5]), as: "test_batch.bin")
    return folder
  }

  @Test func readsCIFAR10() throws {
    let folder = try ten()
    let data = try DataSets.open(folder.path)
    #expect(data.train.count == 3)
    #expect(data.test.count == 1)
    #expect(data.train.sampleShape == [1, 3, 32, 32])
    #expect(data.train.classNames.count == 10)
    #expect(data.train.classNames[3] == "cat")
    for (index, label) in [3, 9, 0].enumerated() {
      let sample = try data.train.sample(index)
      #expect(sample.label == label)
      #expect(sample.numbers == (0..<3072).map { Float(($0 + label) % 256) / 255 })
    }
  }

  @Test func readsTheFineLabelsOfCIFAR100() throws {
    let folder = try ScratchFolder()
    try folder.write(record([19, 99]) + record([0, 7]), as: "train.bin")
    try folder.write(record([1, 42]), as: "test.bin")
    let data = try DataSets.open(folder.path)
    #expect(try data.train.sample(0).label == 99)
    #expect(try data.train.sample(1).label == 7)
    #expect(try data.test.sample(0).label == 42)
    #expect(data.train.classNames.count == 100)
    try folder.write((0..<100).map { "name \($0)\n" }.joined(), as: "fine_label_names.txt")
    #expect(try DataSets.open(folder.path).test.classNames[42] == "name 42")
    try folder.write(record([1, 100]), as: "test.bin")
    expectUnreadable(folder, "test.bin", "label 100 of picture 0 is out of range: 0 to 99")
  }

  @Test func namesTheFileThatIsWrong() throws {
    var folder = try ten()
    try folder.write(record([3]) + record([10]), as: "data_batch_2.bin")
    expectUnreadable(folder, "data_batch_2.bin", "label 10 of picture 1 is out of range: 0 to 9")
    try folder.write(Array(record([3]).dropLast()), as: "data_batch_2.bin")
    expectUnreadable(folder, "data_batch_2.bin", "3072 bytes are no multiple of 3073")
    try folder.write([] as [UInt8], as: "data_batch_2.bin")
    expectUnreadable(folder, "data_batch_2.bin", "0 bytes")
    folder = try ten()
    try folder.remove("test_batch.bin")
    expectUnreadable(folder, "", "it lacks test_batch.bin")
    folder = try ten()
    var options = DataOptions()
    options.maximumBytes = 2 * 3073
    expectUnreadable(folder, "data_batch_2.bin", "are taken", options: options)
  }
}
