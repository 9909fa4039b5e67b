import Networks
import Testing

@testable import Learning

@Suite struct ForTrainingTests {
  @Test func whatTrainingNeedsStaysInANetworkThatIsReadForIt() throws {
    let network = try TrainerTests.network()
    let read = try Network(onnx: try network.exported())
    func operators(_ network: Network) -> Set<String> { Set(network.nodes.map(\.operatorType)) }
    let kept = operators(try read.simplified(forTraining: true))
    #expect(kept.isSuperset(of: ["BatchNormalization", "Dropout"]))
    #expect(operators(try read.simplified()).isDisjoint(with: ["BatchNormalization", "Dropout"]))
    #expect(ParameterLayout(try read.simplified(forTraining: true)).count == ParameterLayout(network).count)
  }
}
