import Foundation
import Pictures
import Tensors
import Testing

@testable import edgemesh

/// A folder of models and pictures beside the package, where there is one.
private enum Shared {
  static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/shared"
  }()
  static let network = folder + "/models/squeezenet/squeezenet1.1.onnx"
  static let pictures = folder + "/data/imagenet-200"
  static let exist = access(network, R_OK) == 0 && access(pictures, R_OK) == 0
}

@Suite("Published models", .enabled(if: Shared.exist, "needs ../shared with models and data"))
struct PublishedModelTests {
  @Test func squeezeNetOnAMeshEqualsOneMachine() throws {
    let mesh = try ProcessMesh(agents: 4)
    _ = try mesh.deploy(Shared.network, options: ["--preprocess", "caffe"])
    let all = try FileManager.default.contentsOfDirectory(atPath: Shared.pictures)
    let pictures = all.filter { $0.hasSuffix(".JPEG") }.sorted().prefix(40).map { "\(Shared.pictures)/\($0)" }
    let whole = try mesh.scratch.file("whole")
    let shared = try mesh.scratch.file("shared")
    let run = try Executable.run(
      ["run", Shared.network, "--preprocess", "caffe", "--json", "--output", whole] + pictures)
    #expect(run.status == 0, "\(run.errors)")
    let infer = try Executable.run(
      ["infer", "--to", mesh.to, "--json", "--in-flight", "4", "--output", shared] + pictures)
    #expect(infer.status == 0, "\(infer.errors)")
    let outcomes = try OutcomeLine.all(in: infer.output)
    #expect(outcomes.count == pictures.count)
    #expect(outcomes.allSatisfy { $0.outcome == "complete" })
    for picture in pictures {
      let name = "\(ResultFiles.baseName(picture)).npy"
      let found = try NPY.read("\(shared)/\(name)").elements
      #expect(Reference.areEqual(found, try NPY.read("\(whole)/\(name)").elements), "\(name)")
    }
  }
}
