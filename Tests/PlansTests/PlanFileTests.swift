import Networks
import Tensors
import Testing

@testable import Plans

struct PlanFileTests {
  static let digest = String(repeating: "0123456789abcdef", count: 4)

  /// A small plan with all that a plan can have.
  static func example() -> Plan {
    Plan(
      network: NetworkReference(name: "two layers", digest: digest),
      inputs: [PlanValue(name: "input", shape: [1, 3, 8, 8])], outputs: [PlanValue(name: "scores", shape: [1, 10])],
      seats: [Seat(memoryBytes: 1000), Seat(memoryBytes: 2000, mayReceiveInput: false), Seat(memoryBytes: 1000)],
      strategy: Strategy(name: "robust", parameters: ["replicate": "0.25", "score": "l1"]),
      stages: [
        Stage(
          name: "first", output: PlanValue(name: "first", shape: [1, 6, 4, 4]), rowAxis: 1, inputs: ["input"],
          owners: [0, 1, 2, 0, 1, 2], replicas: [[1], [], [0, 4]]),
        Stage(
          name: "second", output: PlanValue(name: "second", shape: [1, 4]), rowAxis: 1, inputs: ["input", "first"],
          owners: [0, 0, 1, 2], replicas: [[], [], []]),
      ],
      tailInputs: ["second"], fills: [.replica, .zero])
  }

  @Test func roundTripGivesTheSameBytes() throws {
    let file = try PlanFile(Self.example())
    let read = try PlanFile(bytes: file.bytes)
    #expect(read.plan == Self.example())
    #expect(try PlanFile(read.plan).bytes == file.bytes)
    #expect(read.digest == file.digest)
    #expect(file.digest == sha256Hex(file.bytes))
  }

  @Test(arguments: WeightType.allCases)
  func weightTypeIsKept(type: WeightType) throws {
    var plan = Self.example()
    plan.weightType = type
    let file = try PlanFile(plan)
    #expect(try PlanFile(bytes: file.bytes).plan == plan)
    let text = String(decoding: file.bytes, as: UTF8.self)
    #expect(text.contains("weightType") == (type != .float32))
    #expect((try PlanFile(Self.example()).digest == file.digest) == (type == .float32))
    // Said or not, 32-bit floats are the same plan.
    let said = text.replacing(#""variants":[]}"#, with: #""variants":[],"weightType":"f32"}"#)
    if type == .float32 { #expect(try PlanFile(bytes: Array(said.utf8)).plan == plan) }
  }

  @Test func fieldsStandInOrder() throws {
    let text = String(decoding: try PlanFile(Self.example()).bytes, as: UTF8.self)
    #expect(
      text.hasPrefix(#"{"exits":[],"expectedAccuracy":[],"fills":[{"kind":"replica","parameters":{}},{"kind":"zero""#))
    #expect(text.contains(#""formatVersion":1,"gatewaySeat":null"#))
    #expect(text.hasSuffix("\"variants\":[]}\n"))
    #expect(!text.dropLast().contains("\n"))
  }

  /// Every change of one place, with the field that the refusal must name.
  static let changes: [(from: String, to: String, field: String)] = [
    (#""variants":[]"#, #""variants":[],"speedup":1"#, "speedup"),
    (#""variants":[]"#, #""variants":[{}]"#, "variants"),
    (#""reserves":[]"#, #""reserves":[1]"#, "reserves"),
    (#""exits":[]"#, #""exits":[[]]"#, "exits"),
    (#""expectedAccuracy":[]"#, #""expectedAccuracy":[1]"#, "expectedAccuracy"),
    (#""gatewaySeat":null"#, #""gatewaySeat":0"#, "gatewaySeat"),
    (#""split":"channels""#, #""split":"bands""#, "split"),
    (#""rowOrder":"ascending""#, #""rowOrder":"blocked""#, "rowOrder"),
    (#""fillParameters":{}"#, #""fillParameters":{"mean":1}"#, "fillParameters"),
    (#""elementType":"f32""#, #""elementType":"f64""#, "elementType"),
    (#""variants":[]"#, #""variants":[],"weightType":"f64""#, "weightType"),
    (#""variants":[]"#, #""variants":[],"weightType":2"#, "weightType"),
    (#""speed":null"#, #""speed":2"#, "speed"),
    (#""formatVersion":1"#, #""formatVersion":2"#, "formatVersion"),
    (#""formatVersion":1,"#, "", "formatVersion"),
    (#""tailInputs":["second"]"#, #""tailInputs":["third"]"#, "tailInputs[0]"),
    (#""tailInputs":["second"]"#, #""tailInputs":["second"],"tailInputs":["second"]"#, "tailInputs"),
    (#""owners":[0,1,2,0,1,2]"#, #""owners":[0,1,2,0,1]"#, "stages[0].owners"),
    (#""owners":[0,1,2,0,1,2]"#, #""owners":[0,1,2,0,1,3]"#, "stages[0].owners[5]"),
    (#""owners":[0,1,2,0,1,2]"#, #""owners":[0,1,2,0,1,64]"#, "stages[0].owners[5]"),
    (#""owners":[0,1,2,0,1,2]"#, #""owners":[0,1,2,0,1,-1]"#, "stages[0].owners[5]"),
    (#""owners":[0,1,2,0,1,2]"#, #""owners":[0,1,2,0,1,1.5]"#, "stages[0].owners[5]"),
    (#""owners":[0,1,2,0,1,2]"#, #""owners":[0,1,2,0,1,99999999999999999999]"#, "stages[0].owners[5]"),
    (#""replicas":[[1],[],[0,4]]"#, #""replicas":[[1],[]]"#, "stages[0].replicas"),
    (#""replicas":[[1],[],[0,4]]"#, #""replicas":[[0],[],[0,4]]"#, "stages[0].replicas[0][0]"),
    (#""replicas":[[1],[],[0,4]]"#, #""replicas":[[1],[],[4,0]]"#, "stages[0].replicas[2][1]"),
    (#""replicas":[[1],[],[0,4]]"#, #""replicas":[[1],[],[0,6]]"#, "stages[0].replicas[2][1]"),
    (#""rowAxis":1"#, #""rowAxis":4"#, "stages[0].rowAxis"),
    (#""shape":[1,6,4,4]"#, #""shape":[1,7,4,4]"#, "stages[0].owners"),
    (#""shape":[1,6,4,4]"#, #""shape":[1,6,0,4]"#, "stages[0].output.shape[2]"),
    (#""shape":[1,6,4,4]"#, #""shape":[1,6,268435456,4]"#, "stages[0].output.shape"),
    (#""inputs":["input","first"]"#, #""inputs":["input","second"]"#, "stages[1].inputs[1]"),
    (#""inputs":["input","first"]"#, #""inputs":["input","input"]"#, "stages[1].inputs"),
    (#""name":"second","output""#, #""name":"first","output""#, "stages[1].name"),
    (#""digest":"0123"#, #""digest":"012Z"#, "network.digest"),
    (#""kind":"zero""#, #""kind":"replica""#, "fills"),
    (#""kind":"zero""#, #""kind":"magic""#, "fills[1].kind"),
    (#""memoryBytes":2000"#, #""memoryBytes":-1"#, "seats[1].memoryBytes"),
    (#""mayReceiveInput":false"#, #""mayReceiveInput":0"#, "seats[1].mayReceiveInput"),
  ]

  @Test(arguments: changes.indices)
  func whatIsWrongIsNamed(index: Int) throws {
    let (from, to, field) = Self.changes[index]
    let text = String(decoding: try PlanFile(Self.example()).bytes, as: UTF8.self)
    let start = try #require(text.firstRange(of: from))
    let changed = text.replacingCharacters(in: start, with: to)
    let error = #expect(throws: PlanError.self) { try PlanFile(bytes: Array(changed.utf8)) }
    let message = try #require(error).description
    let named = ["'\(field)'", ".\(field)'", "\(field)[", ".\(field)."].contains { message.contains($0) }
    #expect(named, "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test func laterVersionIsSaidToBe() throws {
    let text = String(decoding: try PlanFile(Self.example()).bytes, as: UTF8.self)
      .replacing(#""formatVersion":1"#, with: #""formatVersion":7"#)
    #expect(throws: PlanError.unsupportedVersion("7")) { try PlanFile(bytes: Array(text.utf8)) }
  }

  /// Cut anywhere or with any one byte changed, a plan is refused or still one that passes all checks; nothing traps.
  @Test func damageIsRefused() throws {
    let bytes = try PlanFile(Self.example()).bytes
    for end in 0..<bytes.count - 2 {
      #expect(throws: PlanError.self) { try PlanFile(bytes: Array(bytes[..<end])) }
    }
    var random = SeededGenerator(seed: 7)
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0...Int.random(in: 0...2, using: &random) {
        damaged[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let plan = try? PlanFile(bytes: damaged).plan { try plan.validate() }
    }
  }

  @Test(arguments: ["[[[[[[[[", "{\"stages\":[", "\"", "", "nul", "{\"network\":{\"name\":\"\\ud800\"}}", "\u{FEFF}{}"])
  func nonsenseIsRefused(text: String) {
    #expect(throws: PlanError.self) { try PlanFile(bytes: Array(text.utf8)) }
  }

  @Test func planForAnotherNetworkIsRefused() throws {
    let plan = Self.example()
    var network = Network(
      name: "two layers", opset: 13, inputs: [ValueDescription(name: "input", shape: [1, 3, 8, 8])],
      outputs: [ValueDescription(name: "scores", shape: [1, 10])], nodes: [], constants: [:])
    try plan.check(against: network, digest: Self.digest)
    let other = String(repeating: "f", count: 64)
    #expect(throws: PlanError.mismatch(field: "digest", plan: Self.digest, network: other)) {
      try plan.check(against: network, digest: other)
    }
    network.inputs[0].shape = [1, 3, 9, 9]
    #expect(throws: PlanError.self) { try plan.check(against: network, digest: Self.digest) }
  }

  /// The text escapes what must be; the reader undoes it, whatever form the escape has.
  @Test func namesMayHoldAnything() throws {
    var plan = Self.example()
    plan.network.name = "a\"b\\c\n\u{1} \u{1F600} ü/"
    let bytes = try PlanFile(plan).bytes
    #expect(try PlanFile(bytes: bytes).plan == plan)
    let escaped = String(decoding: bytes, as: UTF8.self).replacing("\u{1F600}", with: "\\ud83d\\ude00")
    #expect(try PlanFile(bytes: Array(escaped.utf8)).plan == plan)
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
