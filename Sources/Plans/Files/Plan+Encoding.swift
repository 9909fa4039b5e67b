import Tensors

extension Plan {
  /// The plan file's bytes: the same for equal plans, whatever machine writes them. Fields that are reserved for later
  /// versions stand there with their neutral values.
  public func encoded() -> [UInt8] {
    var bytes = document.encoded
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private var document: JSONValue {
    var members: [String: JSONValue] = [
      "expectedAccuracy": .array([]),
      "exits": .array([]),
      "fills": .array(fills.map { .object(["kind": .string($0.rawValue), "parameters": .object([:])]) }),
      "formatVersion": .integer(Plan.formatVersion),
      "gatewaySeat": .null,
      "inputs": .array(inputs.map(\.document)),
      "network": .object(["digest": .string(network.digest), "name": .string(network.name)]),
      "outputs": .array(outputs.map(\.document)),
      "reserves": .array([]),
      "seats": .array(seats.map(\.document)),
      "stages": .array(stages.map(\.document)),
      "strategy": .object([
        "name": .string(strategy.name),
        "parameters": .object(strategy.parameters.mapValues(JSONValue.string)),
      ]),
      "tailInputs": .strings(tailInputs),
      "variants": .array([]),
    ]
    // 32-bit floats are the rule, and are not mentioned.
    if weightType != .float32 { members["weightType"] = .string(weightType.rawValue) }
    return .object(members)
  }
}

extension PlanValue {
  fileprivate var document: JSONValue {
    .object(["name": .string(name), "shape": .integers(shape.dimensions)])
  }
}

extension Seat {
  fileprivate var document: JSONValue {
    .object([
      "mayReceiveInput": .boolean(mayReceiveInput), "memoryBytes": .integer(memoryBytes), "speed": .null,
    ])
  }
}

extension Stage {
  fileprivate var document: JSONValue {
    .object([
      "elementType": .string(elementType.rawValue),
      "fillParameters": .object([:]),
      "inputs": .strings(inputs),
      "name": .string(name),
      "output": output.document,
      "owners": .integers(owners),
      "replicas": .array(replicas.map(JSONValue.integers)),
      "rowAxis": .integer(rowAxis),
      "rowOrder": .string("ascending"),
      "split": .string("channels"),
    ])
  }
}
