import Foundation
import Synchronization
import Testing

@testable import Tensors

@Suite struct WeightStoreTests {
  /// A place for a file, removed at the end.
  private final class Place {
    let folder = FileManager.default.temporaryDirectory.appending(path: "edgemesh-weights-\(UUID())").path(
      percentEncoded: false)
    var path: String { "\(folder)/packed" }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }
    func read() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
    func write(_ bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: URL(filePath: path)) }
  }

  private static let sizes = [3, 20_000, 1, 40_000, 0, 17]

  /// Places numbered numbers; says how often something was packed, and whether all are right.
  private func place(_ store: WeightStore, sizes: [Int] = sizes) -> (packed: Int, isRight: Bool) {
    var (packed, isRight) = (0, true)
    for (index, count) in sizes.enumerated() {
      let storage = store.place(count: count, tag: UInt64(index)) {
        packed += 1
        let storage = AlignedStorage(count: count)
        for at in 0..<count { storage.pointer[at] = Float(index * 100_000 + at) }
        return storage
      }
      #expect(storage.count == count && Int(bitPattern: storage.pointer) % 64 == 0)
      for at in 0..<count where storage.pointer[at] != Float(index * 100_000 + at) { isRight = false }
    }
    return (packed, isRight)
  }

  @Test func packsOnce() throws {
    let place = try Place()
    let first = WeightStore(path: place.path, key: "k")
    #expect(!first.isFound)
    #expect(self.place(first) == (Self.sizes.count, true))
    #expect(place.names == ["packed.part"])
    #expect(first.finish())
    #expect(place.names == ["packed"])
    let second = WeightStore(path: place.path, key: "k")
    #expect(second.isFound)
    #expect(self.place(second) == (0, true))
    #expect(second.finish() && second.isFound)
    #expect(place.names == ["packed"])
  }

  @Test func whatWasNotFinishedIsGone() throws {
    let place = try Place()
    _ = self.place(WeightStore(path: place.path, key: "k"))
    #expect(place.names == [])
  }

  @Test func otherKeysAreNotBelieved() throws {
    let place = try Place()
    let first = WeightStore(path: place.path, key: "k")
    _ = self.place(first)
    first.finish()
    for key in ["", "l", "kk", String(repeating: "k", count: 5000)] {
      #expect(!WeightStore(path: place.path, key: key).isFound)
    }
    #expect(WeightStore(path: place.path, key: "k").isFound)
  }

  /// Weights that are not those which the file has are packed, as are all after them; the file goes.
  @Test(arguments: [[3, 20_000, 2], [3, 20_000, 1, 40_000, 0, 17, 5], [4], [3, 20_000]])
  func otherWeightsAreNotBelieved(sizes: [Int]) throws {
    let place = try Place()
    let first = WeightStore(path: place.path, key: "k")
    _ = self.place(first)
    first.finish()
    let second = WeightStore(path: place.path, key: "k")
    #expect(self.place(second, sizes: sizes).isRight)
    second.finish()
    #expect(!second.isFound)
    #expect(place.names == [])
  }

  @Test func marksTellWhatWeightsWereMadeBeside() throws {
    let place = try Place()
    for (mark, isFound) in [("a", false), ("a", true), ("b", false), ("b", false), ("b", true)] {
      let store = WeightStore(path: place.path, key: "k")
      #expect(self.place(store).isRight)
      store.mark(mark)
      store.finish()
      #expect(store.isFound == isFound)
    }
  }

  /// Cut anywhere, or with any byte of header or table changed, a file is made anew.
  @Test func damageIsNotBelieved() throws {
    let place = try Place()
    let first = WeightStore(path: place.path, key: "k")
    _ = self.place(first)
    first.finish()
    let bytes = try place.read()
    let table = bytes.count - Self.sizes.count * 24
    var random = Randomness(seed: 5)
    for end in [0, 1, 8, 4095, 4096, 4097, table, bytes.count - 1]
      + (0..<20).map({ _ in random.int(0...bytes.count - 1) })
    {
      try place.write(bytes[..<end])
      #expect(!WeightStore(path: place.path, key: "k").isFound, "\(end)")
    }
    try place.write(bytes + [0])
    #expect(!WeightStore(path: place.path, key: "k").isFound)
    for at in Array(0..<41) + Array(table..<bytes.count) {
      for bit in [1, 0x80] as [UInt8] {
        var damaged = bytes
        damaged[at] ^= bit
        try place.write(damaged)
        #expect(!WeightStore(path: place.path, key: "k").isFound, "byte \(at)")
      }
    }
    try place.write(bytes)
    let store = WeightStore(path: place.path, key: "k")
    #expect(self.place(store) == (0, true))
  }

  @Test func withoutAFileWeightsGoToMemory() throws {
    let store = WeightStore(path: "/nowhere/at/all", key: "k")
    #expect(place(store) == (Self.sizes.count, true))
    #expect(!store.finish())
  }

  @Test func layersComputeTheSameFromAFile() throws {
    let place = try Place()
    var random = Randomness(seed: 8)
    let (w, x) = (random.tensor([130, 70]), random.tensor([5, 70]))
    let (filters, picture) = (random.tensor([40, 36, 3, 3]), random.tensor([1, 36, 9, 11]))
    var results: [[Float]] = []
    for attempt in 0..<3 {
      let store = attempt == 0 ? nil : WeightStore(path: place.path, key: "k")
      let looked = Counter()
      let later =
        attempt < 2
        ? w
        : Tensor(
          shape: w.shape,
          deferring: {
            looked.increment()
            return w
          })
      var result: [Float] = []
      for type in WeightType.allCases {
        for rows in [1, 5] {
          result += PackedLinear(weights: later, bias: nil, rows: rows, storedAs: type, in: store)(x).elements
        }
        let layer = PackedConvolution(
          weights: filters, bias: nil, window: Window(kernelHeight: 3, kernelWidth: 3), storedAs: type, in: store)
        result += layer(FeatureMap(picture)).tensor().elements
      }
      store?.finish()
      #expect((store?.isFound ?? false) == (attempt == 2))
      #expect(looked.value == 0)
      results.append(result)
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test func deferredElementsAreMadeOnce() {
    let made = Counter()
    let tensor = Tensor(
      shape: [2, 2],
      deferring: {
        made.increment()
        return Tensor(shape: [2, 2], elements: [1, 2, 3, 4])
      })
    #expect(tensor.count == 4 && tensor.shape == [2, 2] && made.value == 0)
    let sum = tensor.later([2, 2]) { $0.map { $0 + 1 } }
    #expect(made.value == 0)
    #expect(sum.elements == [2, 3, 4, 5] && made.value == 1)
    var copy = tensor.reshaped(to: [4])
    copy[0] = 9
    #expect(copy.elements == [9, 2, 3, 4] && tensor.elements == [1, 2, 3, 4] && made.value == 1)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  func increment() { count.withLock { $0 += 1 } }
  var value: Int { count.withLock { $0 } }
}
