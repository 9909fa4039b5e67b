import Networks
import Tensors

/// How a test's inputs are given. edgemesh freezes shapes as it loads a network, so a value that decides a shape
/// (Reshape's target, Slice's starts) has to be known then; a test suite gives it as an input.
enum Binding: String, CaseIterable {
  case allInputs = "all inputs given at the run"
  case integersBound = "integer inputs bound as constants"
  case firstInput = "all inputs but the first bound as constants"
  case allBound = "all inputs bound as constants"

  func binds(_ position: Int, _ value: Constant) -> Bool {
    switch self {
    case .allInputs: return false
    case .integersBound:
      if case .integer = value { return true }
      return false
    case .firstInput: return position > 0
    case .allBound: return true
    }
  }
}

/// A network made ready for one data set, with the inputs that remain.
struct Attempt {
  /// As it is loaded, and as it runs.
  let loaded: Network
  let simplified: Network
  let inputs: [String: RuntimeValue]
  private let prepared: PreparedNetwork

  /// Loads the model for inputs of these values. Throws what edgemesh says to a user who loads it.
  init(_ test: TestFolder, given: [TensorFile], binding: Binding) throws(NetworkError) {
    let names = try NetworkSurvey(onnx: test.model).inputs.map(\.name)
    guard names.count >= given.count else {
      throw .invalidGraph("the data set has \(given.count) inputs for the model's \(names.count)")
    }
    var shapes: [String: Shape] = [:]
    var fixed: [String: Constant] = [:]
    var inputs: [String: RuntimeValue] = [:]
    for (position, (name, tensor)) in zip(names, given).enumerated() {
      shapes[name] = tensor.value.shape
      if binding.binds(position, tensor.value) {
        fixed[name] = tensor.value
      } else {
        inputs[name] = RuntimeValue(tensor.value)
      }
    }
    loaded = try Network.load(onnx: test.model, shapes: shapes, fixed: fixed, simplifying: false).network
    simplified = try loaded.simplified()
    prepared = try PreparedNetwork(simplified)
    self.inputs = inputs
  }

  /// A network of ours, with inputs of its own.
  init(_ network: Network, inputs: [String: RuntimeValue]) throws(NetworkError) {
    loaded = network
    simplified = try network.simplified()
    prepared = try PreparedNetwork(simplified)
    self.inputs = inputs
  }

  func run() throws(NetworkError) -> [Constant] {
    let results = try prepared.run(inputs)
    var constants: [Constant] = []
    for output in loaded.outputs {
      guard let value = results[output.name] else { throw .invalidGraph("the run gave no output '\(output.name)'") }
      constants.append(value.asConstant)
    }
    return constants
  }
}
