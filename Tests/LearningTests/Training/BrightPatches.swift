import Tensors

@testable import Learning

/// Small pictures of which one quarter is brighter than the rest: which one is the class. Easily learnt, with noise.
struct BrightPatches: DataSet {
  let name = "bright patches"
  let sampleShape: Shape = [1, 1, 8, 8]
  let classNames = ["upper left", "upper right", "lower left", "lower right"]
  var count = 256
  var seed: UInt64 = 1

  func read(_ index: Int, into numbers: UnsafeMutableBufferPointer<Float>) throws(LearningError) -> Int {
    var random = SeededRandom(seed: seed, index)
    let label = random.below(4)
    for place in numbers.indices {
      let quarter = (place / 8 / 4) * 2 + place % 8 / 4
      numbers[place] = random.unit() * 0.6 + (quarter == label ? 0.3 : 0)
    }
    return label
  }

  static func data(count: Int = 256) throws -> TrainingData {
    try TrainingData(train: BrightPatches(count: count), test: BrightPatches(count: 100, seed: 2))
  }
}
