import Foundation
import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct TrainerTests {
  /// A convolution, batch normalisation, a Dropout and a classifier.
  static func network(seed: UInt64 = 1) throws -> Network {
    var b = NetworkBuilder(name: "small", input: [1, 1, 8, 8], seed: seed)
    var x = try b.convolution("input", channels: 6, kernel: 3)
    x = try b.batchNormalization(x)
    x = try b.add("Relu", [x])
    x = try b.maxPool(x, kernel: 2, stride: 2)
    x = try b.add("Flatten", [x])
    x = try b.add("Dropout", [x, b.constant(Tensor(shape: [], elements: [0.1]))])
    x = try b.linear(x, outputs: 4)
    return try b.finished(outputs: [x])
  }

  static func recipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var recipe = Recipe()
    (recipe.epochs, recipe.batchSize) = (3, 32)
    recipe.augmentation = Augmentation(padding: 1)
    change(&recipe)
    return recipe
  }

  enum Variant: String, CaseIterable {
    case sgd, adamW, averaged, mixed

    var recipe: Recipe {
      TrainerTests.recipe { recipe in
        switch self {
        case .sgd: break
        case .adamW: (recipe.optimizer, recipe.rate) = (.adamW, 0.003)
        case .averaged: recipe.averageShare = 0.9
        case .mixed:
          recipe.augmentation.mixup = 0.4
          recipe.smoothing = 0.1
        }
      }
    }
  }

  private func trained(_ recipe: Recipe, threads: Int) throws -> (Trainer, Network) {
    let trainer = try Trainer(
      try Self.network(), on: try BrightPatches.data(), recipe: recipe, seed: 7, threads: threads)
    try trainer.train { _ in true }
    return (trainer, try trainer.trainedNetwork())
  }

  private func numbers(_ network: Network) -> [String: [UInt32]] {
    network.constants.compactMapValues {
      if case .float(let tensor) = $0 { tensor.elements.map(\.bitPattern) } else { nil }
    }
  }

  @Test(arguments: Variant.allCases)
  func endsWithTheSameBitsOnAnyNumberOfThreads(_ variant: Variant) throws {
    let one = try trained(variant.recipe, threads: 1)
    for threads in [2, 3] {
      let several = try trained(variant.recipe, threads: threads)
      #expect(numbers(one.1) == numbers(several.1), "\(threads) threads")
      #expect(one.0.state.curve.rows.map(\.testAccuracy) == several.0.state.curve.rows.map(\.testAccuracy))
    }
    #expect(numbers(one.1) != numbers(try Self.network()))
  }

  @Test(arguments: Variant.allCases, [1, 8, 11])
  func endsWithTheSameBitsAfterAStop(_ variant: Variant, stop: Int) throws {
    let whole = try trained(variant.recipe, threads: 1)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = TrainingFiles(network: folder.appendingPathComponent("n.onnx").path)
    func trainer() throws -> Trainer {
      try Trainer(try Self.network(), on: try BrightPatches.data(), recipe: variant.recipe, seed: 7, threads: 1)
    }
    let first = try trainer()
    try first.train { _ in first.state.step < stop }
    #expect(first.state.step == stop)
    try files.save(first)
    let second = try trainer()
    try files.resume(second)
    #expect(second.state.step == stop)
    try second.train { _ in true }
    #expect(numbers(try second.trainedNetwork()) == numbers(whole.1))
    let (own, other) = (second.state.curve.rows, whole.0.state.curve.rows)
    #expect(own.map(\.trainLoss) == other.map(\.trainLoss))
    #expect(own.map(\.testAccuracy) == other.map(\.testAccuracy))
  }

  @Test func learnsWhatIsEasy() throws {
    let (trainer, network) = try trained(Self.recipe { $0.epochs = 6 }, threads: 2)
    #expect(trainer.state.curve.rows.count == 6)
    #expect((trainer.state.curve.rows.last?.testAccuracy ?? 0) > 0.95)
    #expect(try Evaluation(of: network, on: trainer.data.test, threads: 2).accuracy > 0.95)
    let untrained = try Evaluation(of: try Self.network(), on: trainer.data.test, threads: 1)
    #expect(untrained.accuracy < 0.6)
    #expect(untrained.count == 100)
  }

  @Test func refusesTheCheckpointOfAnotherRun() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = TrainingFiles(network: folder.appendingPathComponent("n.onnx").path)
    let data = try BrightPatches.data()
    let first = try Trainer(try Self.network(), on: data, recipe: Self.recipe(), seed: 7, threads: 1)
    try files.save(first)
    for (seed, recipe) in [(8, Self.recipe()), (7, Self.recipe { $0.rate = 0.2 })] as [(UInt64, Recipe)] {
      let other = try Trainer(try Self.network(), on: data, recipe: recipe, seed: seed, threads: 1)
      let error = #expect(throws: LearningError.self) { try files.resume(other) }
      guard case .unusableCheckpoint(let path, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(path == files.checkpoint)
    }
    #expect(throws: LearningError.self) { try TrainingFiles(network: "/nowhere/n.onnx").resume(first) }
  }

  @Test func stopsWhereTheLossIsNoNumber() throws {
    let recipe = Self.recipe {
      $0.rate = 1e20
      $0.schedule = .constant
    }
    let trainer = try Trainer(try Self.network(), on: try BrightPatches.data(), recipe: recipe, seed: 7, threads: 2)
    let error = #expect(throws: LearningError.self) { try trainer.train { _ in true } }
    guard case .diverged(let step, let node, let type) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(step == trainer.state.step)
    #expect(step > 0)
    #expect(!node.isEmpty && ["Conv", "BatchNormalization", "Gemm", "MaxPool"].contains(type), "\(node) \(type)")
  }

  @Test func trainsWhatGoesIntoASoftmax() throws {
    var network = try Self.network()
    let logits = network.outputs[0].name
    network.nodes.append(Node(name: "probabilities", operatorType: "Softmax", inputs: [logits], outputs: ["p"]))
    network.outputs = [ValueDescription(name: "p", shape: [1, 4])]
    let trainer = try Trainer(network, on: try BrightPatches.data(), recipe: Self.recipe(), seed: 7, threads: 1)
    let plain = try Trainer(
      try Self.network(), on: try BrightPatches.data(), recipe: Self.recipe(), seed: 7, threads: 1)
    try trainer.train { _ in true }
    try plain.train { _ in true }
    #expect(trainer.run.parameters.map(\.bitPattern) == plain.run.parameters.map(\.bitPattern))
  }

  @Test func namesWhatDoesNotFit() throws {
    let data = try BrightPatches.data()
    func refusal(_ network: Network, _ recipe: Recipe) -> String {
      do {
        _ = try Trainer(network, on: data, recipe: recipe, seed: 1, threads: 1)
        return ""
      } catch { return "\(error)" }
    }
    var b = NetworkBuilder(name: "wide", input: [1, 1, 9, 9], seed: 1)
    let four = try b.linear(try b.add("Flatten", ["input"]), outputs: 4)
    let wide = try b.finished(outputs: [four])
    #expect(
      refusal(wide, Self.recipe()).contains("takes [1, 1, 9, 9]") || refusal(wide, Self.recipe()).contains("1x1x9x9"))
    var c = NetworkBuilder(name: "many", input: [1, 1, 8, 8], seed: 1)
    let five = try c.linear(try c.add("Flatten", ["input"]), outputs: 5)
    let many = try c.finished(outputs: [five])
    #expect(refusal(many, Self.recipe()).contains("5 classes"))
    #expect(refusal(try Self.network(), Self.recipe { $0.batchSize = 1000 }).contains("smaller batch"))
    #expect(refusal(try Self.network(), Self.recipe { $0.rate = -1 }).contains("learning rate"))
    var d = NetworkBuilder(name: "sine", input: [1, 1, 8, 8], seed: 1)
    let waves = try d.add("Sin", [try d.linear(try d.add("Flatten", ["input"]), outputs: 4)])
    let sine = try d.finished(outputs: [waves])
    #expect(refusal(sine, Self.recipe()).contains("(Sin) cannot be trained"))
  }
}
