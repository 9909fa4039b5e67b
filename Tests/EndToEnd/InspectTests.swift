import Foundation
import Networks
import Tensors
import Testing

@testable import edgemesh

@Suite("Inspecting")
struct InspectTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// The members of the JSON object that a test looks at.
  private struct Report: Decodable {
    struct Value: Decodable {
      var name: String
      var type: String?
      var shape: [Int]?
    }
    struct Row: Decodable {
      var `operator`: String
      var inFile: Int
      var run: Int?
      var parameters: Int?
      var macs: Int?
    }
    struct Parameters: Decodable {
      var inFile: Int
      var inFileBytes: Int
      var held: Int?
      var heldBytes: Int?
    }
    struct Memory: Decodable {
      var weightBytes: Int?
      var activationPeakBytes: Int?
    }
    struct Layer: Decodable {
      var node: String
      var macs: Int
      var shape: [Int]
    }
    struct Share: Decodable {
      var rows: Int
      var macs: Int
      var sliceBytes: Int
      var sentBytes: Int
      var receivedBytes: Int
    }
    struct Stage: Decodable {
      var name: String
      var operators: [String: Int]
      var rows: Int
      var macs: Int
      var exchangedBytes: Int
      var reachesAllSeats: Bool
      var shares: [Share]
    }
    struct Seat: Decodable {
      var macs: Int
      var sentBytes: Int
      var receivedBytes: Int
    }
    struct Mesh: Decodable {
      var seats: [Seat]
      var stages: [Stage]
    }
    struct Problem: Decodable {
      var kind: String
      var subject: String?
      var `operator`: String?
      var reason: String
      var remedy: String?
    }
    var file: String
    var digest: String
    var opset: Int
    var inputs: [Value]
    var outputs: [Value]
    var operators: [Row]
    var parameters: Parameters
    var macs: Int?
    var flops: Int?
    var memory: Memory
    var layers: [Layer]?
    var mesh: Mesh?
    var meshObstacle: String?
    var problems: [Problem]
  }

  private func report(_ result: Executable.Result) throws -> Report {
    #expect(result.outputLines.count == 1)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output.utf8))
  }

  @Test func figuresOfANetworkThatRuns() throws {
    let file = try TestNetwork.write(to: scratch)
    let result = try Executable.run(["inspect", file, "--json", "--seats", "3"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.isEmpty)
    let report = try report(result)
    let network = try ExampleNetworks.small()
    let prepared = try PreparedNetwork(network)
    #expect(report.file == file)
    #expect(report.digest == sha256Hex(network.onnx()))
    #expect(report.opset == network.opset)
    #expect(report.inputs.map(\.shape) == [[1, 3, 32, 32]])
    #expect(report.inputs.map(\.type) == ["float32"])
    #expect(report.outputs.map(\.shape) == [[1, 10]])
    #expect(report.macs == (try network.totalMultiplyAccumulates()))
    #expect(report.flops == report.macs.map { 2 * $0 })
    #expect(report.operators.reduce(0) { $0 + ($1.macs ?? 0) } == report.macs)
    #expect(report.operators.reduce(0) { $0 + ($1.run ?? 0) } == network.nodes.count)
    #expect(report.operators.first?.operator == "Conv")
    #expect(report.parameters.inFileBytes == 4 * report.parameters.inFile)
    #expect(report.parameters.heldBytes == 4 * report.parameters.inFile)
    #expect(report.memory.weightBytes == prepared.weightBytes)
    #expect(report.memory.activationPeakBytes == prepared.peakActivationBytes)
    #expect(report.layers?.count == network.nodes.count)
    #expect(report.layers?.reduce(0) { $0 + $1.macs } == report.macs)
    #expect(report.problems.isEmpty)

    let mesh = try #require(report.mesh)
    #expect(mesh.seats.count == 3)
    for stage in mesh.stages {
      #expect(stage.shares.reduce(0) { $0 + $1.rows } == stage.rows)
      #expect(stage.shares.reduce(0) { $0 + $1.sliceBytes } == stage.exchangedBytes)
      for share in stage.shares {
        #expect(share.receivedBytes == stage.exchangedBytes - share.sliceBytes)
        #expect(share.sentBytes == 2 * share.sliceBytes)
      }
    }
    for (seat, figures) in mesh.seats.enumerated() {
      #expect(figures.macs == mesh.stages.reduce(0) { $0 + $1.shares[seat].macs })
      #expect(figures.sentBytes == mesh.stages.reduce(0) { $0 + $1.shares[seat].sentBytes })
      let reaching = mesh.stages.filter(\.reachesAllSeats)
      #expect(figures.receivedBytes == reaching.reduce(0) { $0 + $1.shares[seat].receivedBytes })
    }
  }

  /// Programs rely on the keys, so the manual page has them all.
  @Test func theManualPageNamesEveryKey() throws {
    let result = try Executable.run(["inspect", try TestNetwork.write(to: scratch), "--json"])
    let page = Set(
      InspectCommand.page.description.joined(separator: " ").split { !$0.isLetter && $0 != "_" }.map(String.init))
    var keys: Set<String> = []
    func collect(_ value: Any, under name: String) {
      if let list = value as? [Any] { for element in list { collect(element, under: name) } }
      guard let object = value as? [String: Any] else { return }
      for (key, member) in object {
        keys.insert(key)
        // The operators of a stage are counted by their names.
        if key != "operators" || name.isEmpty { collect(member, under: key) }
      }
    }
    collect(try JSONSerialization.jsonObject(with: Data(result.output.utf8)), under: "")
    #expect(keys.count > 40)
    #expect(keys.subtracting(page) == [])
  }

  @Test func thePageFitsATerminal() throws {
    var networks = try ExampleNetworks.all()
    networks.append(try ExampleNetworks.small())
    for network in networks {
      let file = try scratch.file("\(network.name).onnx", network.onnx())
      let result = try Executable.run(["inspect", file, "--seats", "16"])
      #expect(result.status == 0, "\(result.errors)")
      // The file's own name, which may be long, stands in the first lines.
      for line in result.outputLines.drop(while: { !$0.contains("NAME") }) {
        #expect(line.count <= 100, "\(network.name): \(line)")
      }
      for word in ["OPERATOR", "STAGE", "BIGGEST LAYERS", "FLOPs to a byte"] {
        #expect(result.output.replacing("\n", with: " ").contains(word), "\(network.name) has no \(word)")
      }
    }
  }

  @Test func allThatIsUnsupportedIsNamed() throws {
    var strange = try ExampleNetworks.small()
    let convolutions = strange.nodes.indices.filter { strange.nodes[$0].operatorType == "Conv" }
    strange.nodes[convolutions[0]].attributes["auto_pad"] = .string("SOMETIMES")
    strange.nodes[convolutions[2]].operatorType = "Frobnicate"
    let last = strange.nodes.count - 1
    strange.nodes[last].operatorType = "com.example.Classify"
    let file = try scratch.file("strange.onnx", strange.onnx())
    let named = [strange.nodes[convolutions[0]], strange.nodes[convolutions[2]], strange.nodes[last]]

    let text = try Executable.run(["inspect", file])
    #expect(text.status == ExitCode.badData.rawValue)
    #expect(text.errorLines.count == 1)
    #expect(text.errors.contains(file))
    #expect(text.errors.contains("3 things keep"))
    for word in ["SOMETIMES", "Frobnicate", "com.example.Classify", "OPERATOR", "1x3x32x32"] + named.map(\.name) {
      #expect(text.output.contains(word), "\(word) is not in: \(text.output)")
    }
    let json = try Executable.run(["inspect", file, "--json"])
    #expect(json.status == ExitCode.badData.rawValue)
    let report = try report(json)
    #expect(Set(report.problems.compactMap(\.subject)) == Set(named.map(\.name)))
    #expect(report.problems.count == 3)
    #expect(report.macs == nil)
    #expect(report.mesh == nil)
    #expect(report.inputs.map(\.shape) == [[1, 3, 32, 32]])
    #expect(report.operators.contains { $0.operator == "Frobnicate" && $0.inFile == 1 && $0.run == nil })
  }

  @Test func aNetworkWithNothingToShareSaysSo() throws {
    let shape: Shape = [1, 4]
    let network = Network(
      name: "tiny", opset: 13, inputs: [.init(name: "a", shape: shape)], outputs: [.init(name: "b", shape: shape)],
      nodes: [Node(name: "relu", operatorType: "Relu", inputs: ["a"], outputs: ["b"])], constants: [:])
    let file = try scratch.file("tiny.onnx", network.onnx())
    let text = try Executable.run(["inspect", file])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.replacing("\n", with: " ").contains("worth sharing"))
    let report = try report(Executable.run(["inspect", file, "--json"]))
    #expect(report.mesh == nil)
    #expect(report.meshObstacle?.contains("worth sharing") == true)
    #expect(report.macs == 0)
  }

  @Test func aHundredNodesOfOneKindAreOneReason() throws {
    var network = try ExampleNetworks.small()
    for index in 0..<100 {
      network.nodes.append(
        Node(name: "strange-\(index)", operatorType: "Frobnicate", inputs: ["input"], outputs: ["s\(index)"]))
    }
    let file = try scratch.file("many.onnx", network.onnx())
    let result = try Executable.run(["inspect", file])
    #expect(result.status == ExitCode.badData.rawValue)
    #expect(result.outputLines.count { $0.contains("Frobnicate:") } == 1)
    #expect(result.output.contains("and 94 more"))
    #expect(try report(Executable.run(["inspect", file, "--json"])).problems.count == 100)
  }

  /// The test network with its height and width left open.
  private func openNetwork() throws -> String {
    var bytes = try ExampleNetworks.small().onnx()
    // Two dimensions of 32, each a message of two bytes, become such with an empty name.
    let fixed: [UInt8] = [0x0A, 2, 8, 3, 0x0A, 2, 8, 32, 0x0A, 2, 8, 32]
    let start = try #require(bytes.indices.last { bytes[$0...].starts(with: fixed) })
    bytes.replaceSubrange(start..<start + 12, with: [0x0A, 2, 8, 3, 0x0A, 2, 0x12, 0, 0x0A, 2, 0x12, 0])
    return try scratch.file("open.onnx", bytes)
  }

  @Test func openDimensionsAreGivenToEveryCommandAlike() throws {
    let file = try openNetwork()
    let picture = try scratch.file("p.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(1))
    let commands = [
      ["inspect", file], ["run", file, "--preprocess", "unit", "--json", picture],
      ["plan", file, "--seats", "2", "-o", try scratch.file("plan.json")],
    ]
    for words in commands {
      let refused = try Executable.run(words)
      #expect(refused.status == ExitCode.badData.rawValue)
      #expect((refused.errors + refused.output).replacing("\n", with: "").contains("--shape 'input=1,3,?,?'"))
      let result = try Executable.run(words + ["--shape", "input=1,3,32,32"])
      #expect(result.status == 0, "\(result.errors)")
    }
    // The plan tells deploy the shapes.
    let mesh = try ProcessMesh(agents: 2)
    _ = try mesh.deploy(file, planOptions: ["--shape", "input=1,3,32,32"])
    let infer = try Executable.run(["infer", "--to", mesh.to, "--preprocess", "unit", "--json", picture])
    #expect(infer.status == 0, "\(infer.errors)")
    #expect(try OutcomeLine.all(in: infer.output).map(\.outcome) == ["complete"])
  }

  @Test func shapesThatDoNotFitAreMistakes() throws {
    let file = try TestNetwork.write(to: scratch)
    for (given, word) in [("nowhere=1,3,32,32", "input"), ("input=1,3,64,64", "1x3x32x32")] {
      for words in [["inspect", file], ["run", file, "x.npy"], ["plan", file, "--seats", "2", "-o", "\(file).plan"]] {
        let result = try Executable.run(words + ["--shape", given])
        #expect(result.status == ExitCode.usage.rawValue, "\(result.errors)")
        #expect(result.errorLines.count == 1)
        #expect(result.errors.contains(word), "\(result.errors)")
      }
    }
    #expect(try Executable.run(["inspect", file, "--shape", "input=1,3,32,32"]).status == 0)
  }

  @Test func damagedFilesAreOneLine() throws {
    let whole = try ExampleNetworks.small().onnx()
    let cut = try scratch.file("cut.onnx", Array(whole.prefix(whole.count / 2)))
    for (file, status) in [(cut, ExitCode.badData), ("nowhere.onnx", .missingInput)] {
      for options in [[], ["--json"]] {
        let result = try Executable.run(["inspect", file] + options)
        #expect(result.status == status.rawValue)
        #expect(result.output.isEmpty)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.contains(file))
      }
    }
  }
}
