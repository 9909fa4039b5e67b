import Foundation
import Networks
import Pictures
import Runtime
import Tensors
import Testing

@testable import edgemesh

@Suite("Bad input")
struct BadInputTests {
  private let scratch: Scratch
  private let network: String
  private let plan: String

  init() throws {
    scratch = try Scratch()
    network = try TestNetwork.write(to: scratch)
    plan = try scratch.file("plan.json")
  }

  /// One line that names the thing, and the status that a script can tell the kind by.
  private func expectRefusal(
    _ words: [String], _ status: ExitCode, naming: String..., input: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Executable.run(words, input: input)
    #expect(result.status == status.rawValue, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for name in naming {
      #expect(result.errors.contains(name), "\(result.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func truncatedNetworks() throws {
    let whole = try ExampleNetworks.small().onnx()
    for count in [1, 100, whole.count / 2, whole.count - 1] {
      let file = try scratch.file("cut.onnx", Array(whole.prefix(count)))
      try expectRefusal(["run", file, "x.npy"], .badData, naming: file)
      try expectRefusal(["plan", file, "--seats", "2", "-o", plan], .badData, naming: file)
    }
    #expect(!FileManager.default.fileExists(atPath: plan))
  }

  @Test func unknownOperators() throws {
    var strange = try ExampleNetworks.small()
    strange.nodes[0].operatorType = "Frobnicate"
    let file = try scratch.file("strange.onnx", strange.onnx())
    try expectRefusal(["run", file, "x.npy"], .badData, naming: "Frobnicate", strange.nodes[0].name, "opset")
  }

  @Test func wrongShapes() throws {
    let file = try scratch.file("x.npy")
    try NPY.write(Tensor(shape: [1, 3, 16, 16]), to: file)
    try expectRefusal(["run", network, file], .badData, naming: file, "1x3x16x16", "1x3x32x32")
    try expectRefusal(["run", network, "--input", "input=\(file)"], .badData, naming: file)
    let small = try scratch.file("small.ppm", Array("P6 2 1 255\n123456".utf8))
    try expectRefusal(["run", network, "--preprocess", "unit", small], .badData, naming: small, "2x1", "32x32")
  }

  @Test func brokenPictures() throws {
    let jpeg = try scratch.file("broken.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8))
    try expectRefusal(["run", network, "--preprocess", "unit", jpeg], .badData, naming: jpeg)
    let png = try scratch.file("broken.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
    try expectRefusal(["run", network, "--preprocess", "unit", png], .badData, naming: png)
    let ppm = try scratch.file("short.ppm", Array("P6 32 32 255\nshort".utf8))
    try expectRefusal(["run", network, "--preprocess", "unit", ppm], .badData, naming: ppm)
    let text = try scratch.file("notes.txt", text: "no picture")
    try expectRefusal(["run", network, "--preprocess", "unit", text], .badData, naming: text)
    let picture = try scratch.file("p.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(1))
    try expectRefusal(["run", network, picture], .badData, naming: picture, "--preprocess")
    try expectRefusal(["run", network, "--preprocess", "no-such", picture], .usage, naming: "no-such")
    let frames = try scratch.file("frames", Array(TestNetwork.frame(1).dropLast()))
    try expectRefusal(
      ["run", network, "--preprocess", "unit", "--frame", "32x32x3", "-"], .badData, naming: "standard input",
      input: frames)
  }

  @Test func missingFiles() throws {
    try expectRefusal(["run", "nowhere.onnx", "x.npy"], .missingInput, naming: "nowhere.onnx")
    let empty = try scratch.file("empty.onnx", [])
    try expectRefusal(["run", empty, "x.npy"], .missingInput, naming: empty, "empty")
    try expectRefusal(["run", network, "nowhere.jpg"], .missingInput, naming: "nowhere.jpg")
    try expectRefusal(["deploy", network, "nowhere.json"], .missingInput, naming: "nowhere.json")
    try expectRefusal(
      ["plan", network, "--seats", "2", "-o", "/nonexistent/plan"], .cannotCreate, naming: "/nonexistent/plan")
    let picture = try scratch.file("p.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(1))
    try expectRefusal(
      ["run", network, "--preprocess", "unit", "--output", "/nonexistent/results", picture], .cannotCreate,
      naming: "/nonexistent/results")
  }

  @Test func plansThatDoNotFit() throws {
    #expect(try Executable.run(["plan", network, "--seats", "2", "-o", plan]).status == 0)
    let other = try TestNetwork.write(to: scratch, name: "other.onnx", seed: 2)
    try expectRefusal(["deploy", other, plan], .badData, naming: "another network", "edgemesh plan")
    let broken = try scratch.file("broken.json", text: "{\"formatVersion\":1,\"fills\":[]}")
    try expectRefusal(["deploy", network, broken], .badData, naming: "plan field")
    try expectRefusal(
      ["plan", network, "--seats", "2", "--memory", "10K", "-o", plan], .badData, naming: "bytes are missing")
  }

  @Test func nobodyThere() throws {
    let free = try FreePort.any()
    #expect(try Executable.run(["plan", network, "--seats", "2", "-o", plan]).status == 0)
    try expectRefusal(["status", "--to", free], .unavailable, naming: free)
    try expectRefusal(["infer", "--to", free, "x.npy"], .unavailable, naming: free)
    try expectRefusal(["deploy", network, plan, "--to", free], .unavailable, naming: free)
  }

  @Test func anUnreachableSeed() throws {
    let free = try FreePort.any()
    let state = try scratch.file("state")
    let result = try Executable.run(
      ["join", free, "--listen", "127.0.0.1:0", "--state", state, "--seed-timeout", "1s"])
    #expect(result.status == ExitCode.unavailable.rawValue)
    #expect(result.errorLines.last?.hasPrefix("edgemesh join: no other agent was found within 1.00 s") == true)
    #expect(result.errors.contains("nobody listens on \(free)"))
  }

  @Test func aPortInUse() throws {
    let mesh = try ProcessMesh(agents: 1)
    let address = mesh.agents[0].endpoint.description
    let result = try Executable.run(["join", "--listen", address, "--state", try scratch.file("state")])
    #expect(result.status == ExitCode.unavailable.rawValue)
    #expect(result.errorLines.last?.hasPrefix("edgemesh join: \(address) is in use") == true, "\(result.errors)")
    #expect(result.output.isEmpty)
    try mesh.expectAllAlive()
  }

  @Test func beyondLoopbackOnlyWhenToldSo() throws {
    try expectRefusal(
      ["join", "--listen", "0.0.0.0:0", "--state", try scratch.file("state")], .unavailable, naming: "--insecure")
  }

  @Test func aStateDirectoryInUse() throws {
    let mesh = try ProcessMesh(agents: 1)
    let result = try Executable.run(
      ["join", "--listen", "127.0.0.1:0", "--state", try mesh.scratch.file("state-0")])
    #expect(result.status == ExitCode.cannotCreate.rawValue)
    #expect(result.errorLines.count == 1, "\(result.errors)")
  }

  @Test func moreSeatsThanAgents() throws {
    let mesh = try ProcessMesh(agents: 2)
    #expect(try Executable.run(["plan", network, "--seats", "3", "-o", plan]).status == 0)
    try expectRefusal(
      ["deploy", network, plan, "--to", mesh.to], .temporary, naming: "3 seats", "2 agents", "--seats 2")
    let picture = try scratch.file("p.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(1))
    try expectRefusal(["infer", "--to", mesh.to, picture], .temporary, naming: "no network is deployed")
    try mesh.expectAllAlive()
  }
}
