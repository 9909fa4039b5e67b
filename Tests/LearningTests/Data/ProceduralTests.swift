import Tensors
import Testing

@testable import Learning

@Suite struct ProceduralTests {
  private func bytes(_ set: ProceduralPictures, _ index: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 3072) { target, initialized in
      set.draw(index, into: UnsafeMutableBufferPointer(rebasing: target[..<3072]))
      initialized = 3072
    }
  }

  @Test func isTheSameOnEveryMachine() {
    let set = ProceduralPictures(seed: 1, part: .test, count: 40)
    #expect(fingerprint((0..<40).flatMap { bytes(set, $0) }) == 0xffb3_cb47_1ad6_68b7)
    #expect((0..<10).map(set.label) == [7, 8, 1, 2, 5, 4, 6, 0, 3, 9])
  }

  @Test func aPictureDependsOnSeedPartAndIndexAlone() throws {
    let set = ProceduralPictures(seed: 3, part: .train, count: 600)
    let drawn = try set.drawn(threads: 3)
    for index in [599, 0, 255, 256, 300] {
      #expect(Array(drawn.bytes[index * 3072..<(index + 1) * 3072]) == bytes(set, index))
      #expect(try drawn.sample(index) == set.sample(index))
    }
    #expect(bytes(ProceduralPictures(seed: 3, part: .train, count: 1), 0) == bytes(set, 0))
    #expect(bytes(ProceduralPictures(seed: 4, part: .train, count: 1), 0) != bytes(set, 0))
    #expect(bytes(ProceduralPictures(seed: 3, part: .test, count: 1), 0) != bytes(set, 0))
    #expect(bytes(ProceduralPictures(seed: 3, part: .show, count: 1), 0) != bytes(set, 0))
    #expect(Set((0..<600).map { fingerprint(bytes(set, $0)) }).count == 600)
  }

  @Test func classesAreBalancedAndInNoOrder() {
    let set = ProceduralPictures(seed: 2, part: .train, count: 5_000)
    let labels = (0..<5_000).map(set.label)
    for first in stride(from: 0, to: 5_000, by: 10) { #expect(Set(labels[first..<first + 10]).count == 10) }
    // Of each class, every place among ten comes up about as often.
    for label in 0..<10 {
      for place in 0..<10 {
        let count = (0..<500).count { labels[$0 * 10 + place] == label }
        #expect((20...80).contains(count))
      }
    }
  }

  @Test func colourAndBrightnessTellNothing() throws {
    let drawn = try ProceduralPictures(seed: 5, part: .train, count: 2_000).drawn()
    var sums = [[Double]](repeating: [0, 0, 0], count: 10)
    for index in 0..<2_000 {
      for channel in 0..<3 {
        let first = index * 3072 + channel * 1024
        let sum = drawn.bytes[first..<first + 1024].reduce(0) { $0 + Int($1) }
        sums[Int(drawn.labels[index])][channel] += Double(sum) / 1024 / 255 / 200
      }
    }
    // 200 pictures a class whose means scatter by about 0.2: 0.06 is four standard errors.
    for sum in sums { for channel in sum { #expect(abs(channel - 0.5) < 0.06) } }
  }

  @Test func everyShapeFillsAboutAsMuch() {
    for shape in ShapeOutline.allCases {
      var inside = 0
      var reach: Float = 0
      for row in -100...100 {
        for column in -100...100 {
          let (u, v) = (Float(column) / 60, Float(row) / 60)
          guard shape.distance(u, v) <= 0 else { continue }
          inside += 1
          reach = max(reach, ShapeOutline.length(u, v))
        }
      }
      let area = Double(inside) / 3600
      #expect((1.1...2.5).contains(area), "\(shape) covers \(area)")
      #expect(reach < ShapeOutline.reach, "\(shape) reaches to \(reach)")
    }
  }

  @Test func opensByName() throws {
    var options = DataOptions()
    options.trainCount = 30
    options.testCount = 20
    let data = try DataSets.open("procedural", options: options)
    #expect((data.train.count, data.test.count) == (30, 20))
    #expect(data.train.classNames[0] == "disc" && data.train.classNames[9] == "hourglass")
    #expect(try data.test.sample(19) == ProceduralPictures(seed: 1, part: .test, count: 20).sample(19))
    for count in [0, -1, .max] {
      options.testCount = count
      #expect(throws: LearningError.self) { try DataSets.open("procedural", options: options) }
    }
  }

  @Test func aLinearClassifierLearnsLittle() throws {
    let train = try ProceduralPictures(seed: 6, part: .train, count: 1_500).drawn()
    let test = try ProceduralPictures(seed: 6, part: .test, count: 500).drawn()
    let accuracy = try LinearProbe.accuracy(train: train, test: test)
    #expect(accuracy < 0.3)
    // The same classifier learns what is linear: the same pictures, a stripe for each class added.
    let striped = try LinearProbe.accuracy(train: striped(train), test: striped(test))
    #expect(striped > 0.6)
  }

  private func striped(_ set: PictureSet) -> PictureSet {
    var bytes = set.bytes
    for (index, label) in set.labels.enumerated() {
      for pixel in Int(label) * 96..<Int(label + 1) * 96 { bytes[index * 3072 + pixel] = 255 }
    }
    return PictureSet(
      name: set.name, sampleShape: set.sampleShape, classNames: set.classNames, bytes: bytes, labels: set.labels)
  }
}

/// Softmax regression on the numbers as they are, by gradient descent with momentum.
enum LinearProbe {
  static func accuracy(train: PictureSet, test: PictureSet) throws -> Double {
    let length = train.sampleShape.elementCount
    let classes = train.classNames.count
    var weights = [Float](repeating: 0, count: length * classes)
    var velocity = weights
    for epoch in 0..<6 {
      let stream = try BatchStream(train, batchSize: 100, seed: 0, epoch: epoch)
      while let batch = try stream.next() {
        let inputs = centred(batch, length)
        var errors = scores(inputs, weights, classes)
        for row in 0..<batch.count {
          let shares = errors[row * classes..<(row + 1) * classes]
          let most = shares.max()!
          let powers = shares.map { exponential($0 - most) }
          let total = powers.reduce(0, +)
          for label in 0..<classes {
            errors[row * classes + label] = (powers[label] / total - batch.targets[row * classes + label]) / 100
          }
        }
        let gradient = Tensor.matmul(
          inputs, Tensor(shape: [batch.count, classes], elements: errors), transposingLeft: true
        ).elements
        for index in weights.indices {
          velocity[index] = 0.9 * velocity[index] + gradient[index]
          weights[index] -= 0.01 * velocity[index]
        }
      }
    }
    var right = 0
    let stream = try BatchStream(inOrder: test, batchSize: 100)
    while let batch = try stream.next() {
      let scores = scores(centred(batch, length), weights, classes)
      for row in 0..<batch.count {
        let own = Array(scores[row * classes..<(row + 1) * classes])
        if own.firstIndex(of: own.max()!) == batch.labels[row] { right += 1 }
      }
    }
    return Double(right) / Double(test.count)
  }

  private static func centred(_ batch: Batch, _ length: Int) -> Tensor {
    Tensor(shape: [batch.count, length], elements: batch.inputs.map { $0 * 2 - 1 })
  }

  private static func scores(_ inputs: Tensor, _ weights: [Float], _ classes: Int) -> [Float] {
    Tensor.matmul(inputs, Tensor(shape: [inputs.shape[1], classes], elements: weights)).elements
  }

  private static func exponential(_ number: Float) -> Float {
    // (1 + x / 1024) ^ 1024, near enough for a classifier.
    (0..<10).reduce(max(1 + number / 1024, 0)) { power, _ in power * power }
  }
}
