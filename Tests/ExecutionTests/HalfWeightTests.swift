import Networks
import Planning
import Plans
import Tensors
import Testing

@testable import Execution

/// Meshes whose plan has weights of 16 bits.
struct HalfWeightTests {
  /// Every seat computes with the same rounded weights, as one machine that rounds them does.
  @Test(arguments: [WeightType.bfloat16, .float16], [1, 3])
  func answersAsOneMachineWithSuchWeightsDoes(type: WeightType, seats: Int) throws {
    for network in try ExampleNetworks.all(seed: 7) {
      let fixture = try Fixture(network, seats: seats, weights: type)
      let answer = try fixture.mesh.run(fixture.inputs)
      #expect(answer.isExact)
      #expect(fixture.difference(answer.outputs) <= 1e-4, "\(network.name)")
    }
  }

  /// They are near what whole weights give, and not the same.
  @Test(arguments: [(WeightType.bfloat16, Float(5e-2)), (.float16, 5e-3)])
  func answersAreNearThoseOfWholeWeights(type: WeightType, tolerance: Float) throws {
    for network in [try ExampleNetworks.squeezing(), try ExampleNetworks.convNeXt()] {
      let whole = try Fixture(network, seats: 2)
      let half = try Fixture(network, seats: 2, weights: type)
      let difference = whole.difference(try half.mesh.run(half.inputs).outputs)
      #expect(difference > 1e-6 && difference < tolerance, "\(network.name): \(difference)")
    }
  }

  /// Rows that replicas stand in for are the same rows; what nobody has is zero, and said to be.
  @Test(arguments: [WeightType.bfloat16, .float16])
  func degradesAsOthersDo(type: WeightType) throws {
    let full = try Fixture(try ExampleNetworks.squeezing(), seats: 3, strategy: "full", weights: type)
    let exact = try full.mesh.run(full.inputs, losing: [0: 0, 2: 1])
    #expect(exact.isExact)
    #expect(full.difference(exact.outputs) <= 1e-4)

    let part = try Fixture(try ExampleNetworks.residualWithProjection(), seats: 4, share: 0.3, weights: type)
    let degraded = try part.mesh.run(part.inputs, losing: [1: 0])
    #expect(!degraded.isExact)
    #expect(part.difference(degraded.outputs) > 1e-3 && part.difference(degraded.outputs).isFinite)
    let whole = try Fixture(try ExampleNetworks.residualWithProjection(), seats: 4, share: 0.3)
    let expected = try whole.mesh.run(whole.inputs, losing: [1: 0])
    #expect(degraded.provenance == expected.provenance)
    for (a, b) in zip(degraded.outputs[0].elements, expected.outputs[0].elements) {
      #expect(abs(a - b) <= 0.05 * max(1, abs(b)))
    }
  }

  @Test(arguments: [WeightType.bfloat16, .float16])
  func weightsTakeHalfTheMemory(type: WeightType) throws {
    let network = try ExampleNetworks.convolutionsThenDense()
    let (whole, half) = (try Fixture(network, seats: 2), try Fixture(network, seats: 2, weights: type))
    for (a, b) in zip(half.programs, whole.programs) { #expect(a.residentBytes * 10 < b.residentBytes * 6) }
    for (a, b) in zip(half.plan.seats, whole.plan.seats) { #expect(a.memoryBytes < b.memoryBytes) }
    // Where rows go does not depend on it.
    #expect(half.plan.stages == whole.plan.stages)
  }

  /// The published models' best class stays what it is with whole weights, where they lie beside the package.
  @Test(
    .enabled(if: Models.exist, "the models are not beside the package"), arguments: [WeightType.bfloat16, .float16])
  func publishedModels(type: WeightType) throws {
    for network in [try Models.resNet20(), try Models.squeezeNet()] {
      let whole = try Fixture(network, seats: 2)
      let half = try Fixture(network, seats: 2, weights: type)
      let outputs = try half.mesh.run(half.inputs).outputs
      #expect(half.difference(outputs) <= 1e-4, "\(network.name)")
      let difference = whole.difference(outputs)
      #expect(difference < (type == .bfloat16 ? 0.1 : 0.01), "\(network.name): \(difference)")
    }
  }
}
