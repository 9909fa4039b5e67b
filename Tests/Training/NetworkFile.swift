import Foundation
import Learning
import Networks
import Tensors

/// A new network of an architecture, as it is trained, in an ONNX file.
enum NetworkFile {
  static func write(_ arguments: [String]) throws {
    guard arguments.count >= 2 else { throw LearningError.mismatch("network takes ARCHITECTURE FILE [CxHxW [SEED]]") }
    let extents = (arguments.count > 2 ? arguments[2] : "3x32x32").split(separator: "x").compactMap { Int($0) }
    let seed = arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : 1
    let network = try Architecture.named(arguments[0])
      .network(input: Shape([1] + extents), classes: 10, seed: seed)
    try Data(network.exported()).write(to: URL(fileURLWithPath: arguments[1]))
  }
}
