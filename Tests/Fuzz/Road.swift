import Execution
import Networks
import Planning
import Plans
import Tensors

/// How far a file came.
enum Ending: String, CaseIterable {
  case refused, loaded, ran, planned
}

/// What must not happen, although nothing crashed.
struct Disagreement: Error, CustomStringConvertible {
  var description: String
}

/// The whole way of a network file: read, validated, shapes inferred, simplified, prepared, run where that is little
/// work, divided into stages and planned for three seats, written and read again.
enum Road {
  /// What a run may take: elements of all values together, and multiply-accumulates.
  private static let elements = 1 << 18
  private static let multiplyAccumulates = 1 << 22
  /// Nodes up to which planning is tried.
  private static let nodes = 64

  static func drive(_ bytes: [UInt8]) throws -> Ending {
    // The survey goes on where loading stops: it meets what loading does not.
    var survey: NetworkSurvey?
    do { survey = try NetworkSurvey(onnx: bytes) } catch { try check(error) }
    let network: Network
    do {
      network = try Network(onnx: bytes).simplified()
    } catch {
      try check(error)
      if survey?.network != nil { throw Disagreement(description: "inspect would take it, loading says: \(error)") }
      return .refused
    }
    guard survey?.network != nil else {
      throw Disagreement(description: "it loads, inspect says: \(survey?.problems.first.map { "\($0)" } ?? "an error")")
    }
    let shapes = try network.inferredShapes()
    let profile = try network.profile()
    var size = 0
    for shape in shapes.values { size += min(shape.elementCount, 1 << 40) }
    var work = 0
    for node in profile { work += min(node.multiplyAccumulates, 1 << 40) }
    guard size <= elements, work <= multiplyAccumulates else { return .loaded }
    let results: [String: RuntimeValue]
    do {
      results = try run(network)
    } catch let error as NetworkError {
      try check(error)
      return .loaded
    }
    try compare(results, afterWriting: network)
    guard network.nodes.count <= nodes else { return .ran }
    return try plan(network) ? .planned : .ran
  }

  private static func run(_ network: Network) throws -> [String: RuntimeValue] {
    var inputs: [String: RuntimeValue] = [:]
    var generator = SeededGenerator(seed: 1)
    for input in network.inputs {
      let count = input.shape.elementCount
      switch input.elementType {
      case .float:
        let elements = (0..<count).map { _ in generator.nextFloat() }
        inputs[input.name] = .tensor(Tensor(shape: input.shape, elements: elements))
      case .integer, .boolean:
        let isBoolean = input.elementType == .boolean
        let elements = (0..<count).map { _ in isBoolean ? Int(generator.next() & 1) : extremes(&generator) }
        inputs[input.name] = .integers(IntegerTensor(shape: input.shape, elements: elements, isBoolean: isBoolean))
      }
    }
    return try PreparedNetwork(network).run(inputs)
  }

  /// Mostly indices that may exist, at times what overflows.
  private static func extremes(_ generator: inout SeededGenerator) -> Int {
    switch generator.next() % 16 {
    case 0: [.max, .min, -1, 1 << 32, -(1 << 31)][Int(generator.next() % 5)]
    default: Int(generator.next() % 3)
    }
  }

  /// What is written must be read again and give the same.
  private static func compare(_ results: [String: RuntimeValue], afterWriting network: Network) throws {
    let again: [String: RuntimeValue]
    do {
      again = try run(Network(onnx: network.onnx()).simplified())
    } catch {
      throw Disagreement(description: "what it was written as is refused: \(error)")
    }
    for output in network.outputs {
      guard let first = results[output.name], let second = again[output.name] else {
        throw Disagreement(description: "what it was written as lacks the output '\(output.name)'")
      }
      guard first.shape == second.shape else {
        throw Disagreement(
          description: "written and read again '\(output.name)' is \(second.shape), not \(first.shape)")
      }
      for (a, b) in zip(first.asTensor.elements, second.asTensor.elements) where a != b && !(a.isNaN && b.isNaN) {
        throw Disagreement(description: "written and read again '\(output.name)' has \(b) for \(a)")
      }
    }
  }

  /// Whether it could be planned; then it runs on three seats.
  private static func plan(_ network: Network) throws -> Bool {
    let graph = StageGraph(try AnalysedNetwork(network))
    let digest = String(repeating: "ab", count: 32)
    let plan: Plan
    do {
      plan = try Planner.plan(
        graph, of: NetworkReference(name: network.name, digest: digest), request: PlanRequest(seats: 3),
        strategy: RobustStrategy()
      ).plan
    } catch {
      // Nothing in it can be divided.
      return false
    }
    for seat in 0..<3 {
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: digest, seat: seat)
      _ = try SeatProgram(shard: Shard(bytes: image.bytes), plan: plan, planDigest: digest)
    }
    return true
  }

  /// An error that a user is told: it says something, and not a book.
  private static func check(_ error: any Error) throws {
    guard error is NetworkError else { throw Disagreement(description: "an error of another kind: \(error)") }
    guard !"\(error)".isEmpty else { throw Disagreement(description: "an error without words") }
  }
}
