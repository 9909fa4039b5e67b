import Foundation
import Learning
import Networks
import Tensors

/// One step's loss, gradients and running statistics, in files of raw little-endian floats named after the constants.
enum SingleStep {
  static func write(_ arguments: [String]) throws {
    guard arguments.count == 4 else { throw LearningError.mismatch("step takes NETWORK INPUTS LABELS FOLDER") }
    let network = try Network.read(onnx: arguments[0], forTraining: true)
    let inputs = try floats(arguments[1])
    let labels = try floats(arguments[2]).map { Int($0) }
    let run = try TrainingRun(network, samples: labels.count, threads: Processors.threads)
    let logits = run.forward([inputs])[0]
    let classes = logits.count / labels.count
    var targets = [Float](repeating: 0, count: logits.count)
    for (row, label) in labels.enumerated() { targets[row * classes + label] = 1 }
    let (loss, gradient) = Loss.crossEntropy()(logits, targets: targets, samples: labels.count)
    run.backward([gradient])
    print("loss \(loss)")
    let folder = URL(fileURLWithPath: arguments[3])
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ numbers: [Float], _ name: String) throws {
      let data = numbers.withUnsafeBytes { Data($0) }
      try data.write(to: folder.appendingPathComponent(name))
    }
    try write([Float(loss)], "loss")
    try write(logits, "logits")
    let (gradients, statistics) = (run.gradients, run.statistics)
    for entry in run.layout.entries { try write(Array(gradients[entry.range]), "gradient." + entry.name) }
    for entry in run.layout.statistics { try write(Array(statistics[entry.range]), "running." + entry.name) }
  }

  /// Raw little-endian floats.
  private static func floats(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }
}
