import Networks
import Tensors
import Testing

@Suite struct ExampleNetworksTests {
  @Test func theyRunAndTheirOutputsHaveTheInferredShapes() throws {
    for network in try ExampleNetworks.all() + [ExampleNetworks.small()] {
      let prepared = try PreparedNetwork(network)
      var generator = SeededGenerator(seed: 7)
      let input = Tensor(
        shape: network.inputs[0].shape,
        elements: (0..<network.inputs[0].shape.elementCount).map { _ in generator.nextFloat() })
      let outputs = try prepared.run(["input": input])
      for output in prepared.outputs {
        let value = try #require(outputs[output.name])
        #expect(value.shape == output.shape, "\(network.name)")
        let isFinite = value.elements.allSatisfy { $0.isFinite }
        #expect(isFinite, "\(network.name)")
      }
    }
  }
}
