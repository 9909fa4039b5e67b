import Testing

@testable import Learning

@Suite struct LearningErrorTests {
  @Test func namesTheThingAndTheRemedy() {
    let error = LearningError.diverged(step: 7, node: "Conv_3", operatorType: "Conv")
    #expect(error.description.contains("step 7"))
    #expect(error.description.contains("'Conv_3' (Conv)"))
    #expect(error.description.contains("lower learning rate"))
  }
}
