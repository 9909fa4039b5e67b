import Testing

@testable import Learning

/// Files with a few bytes changed, lost or repeated are read or refused by name, and never more.
@Suite struct DamagedFileTests {
  private func damaged(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.below(3) where !bytes.isEmpty {
      // Half of the damage hits the header.
      let at = random.below(2) == 0 ? random.below(min(bytes.count, 24)) : random.below(bytes.count)
      switch random.below(4) {
      case 0: bytes[at] = UInt8(random.below(256))
      case 1: bytes[at] ^= 1 << UInt8(random.below(8))
      case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(16)))
      default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 8)], at: at)
      }
    }
    return bytes
  }

  /// Opens variants of the data set of `files` with one file damaged; how many were refused.
  private func refusals(_ files: [String: [UInt8]], seed: UInt64) throws -> Int {
    var random = SeededRandom(seed: seed)
    let names = files.keys.sorted()
    let folder = try ScratchFolder()
    for name in names { try folder.write(files[name]!, as: name) }
    #expect(throws: Never.self) { try DataSets.open(folder.path) }
    var refused = 0
    for _ in 0..<150 {
      let name = names[random.below(names.count)]
      try folder.write(damaged(files[name]!, &random), as: name)
      if !isSound(folder) { refused += 1 }
      try folder.write(files[name]!, as: name)
    }
    return refused
  }

  /// Whether the data set can be read to its end; if not, the error is one of ours and says why.
  private func isSound(_ folder: ScratchFolder) -> Bool {
    do throws(LearningError) {
      let data = try DataSets.open(folder.path)
      for part in [data.train, data.test] {
        for index in 0..<part.count {
          let label = try part.sample(index).label
          #expect((0..<part.classNames.count).contains(label))
        }
      }
      return true
    } catch {
      #expect(error.description.contains("learning-"))
      return false
    }
  }

  @Test func packedAndPlainIDX() throws {
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 3] + (0..<36).map { $0 }
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 4, 1, 0, 1, 0]
    let files = [
      "train-images-idx3-ubyte.gz": gzip(images), "train-labels-idx1-ubyte": labels, "t10k-images-idx3-ubyte": images,
      "t10k-labels-idx1-ubyte.gz": gzip(labels),
    ]
    #expect(try refusals(files, seed: 1) > 75)
  }

  @Test func records() throws {
    let record = [7] + [UInt8](repeating: 1, count: 3072)
    #expect(try refusals(["data_batch_1.bin": record + record, "test_batch.bin": record], seed: 2) > 50)
  }

  @Test func arrays() throws {
    let header = { (extents: String) in Array("{'descr': '|u1', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    }
    let file = { (extents: String, bytes: [UInt8]) in
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header(extents).count), 0] + header(extents) + bytes
    }
    let files = ["inputs.npy": file("6, 2, 2", (0..<24).map { $0 }), "labels.npy": file("6,", [0, 1, 0, 1, 0, 1])]
    #expect(try refusals(files, seed: 3) > 75)
  }

  @Test func pictures() throws {
    let map = Array("P6 2 2 255\n".utf8) + (0..<12).map { UInt8($0) }
    let files = ["train/a/1.ppm": map, "train/b/1.ppm": map, "test/a/1.ppm": map]
    #expect(try refusals(files, seed: 4) > 30)
  }
}
