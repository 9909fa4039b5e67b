// Measures training, and writes what a single step computes, for comparison with another implementation.
//
//     training network ARCHITECTURE FILE [CxHxW [SEED]]
//     training step NETWORK.onnx INPUTS LABELS FOLDER (raw little-endian floats)
//     training speed ARCHITECTURE [BATCH [THREADS [SECONDS [json]]]]

import Foundation
import Learning
import Networks
import Tensors

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch arguments.first {
  case "speed": try Speed.measure(Array(arguments.dropFirst()))
  case "network": try NetworkFile.write(Array(arguments.dropFirst()))
  case "step": try SingleStep.write(Array(arguments.dropFirst()))
  default:
    print(
      "usage: training network ARCHITECTURE FILE [CxHxW [SEED]] | step NETWORK INPUTS LABELS FOLDER | "
        + "speed ARCHITECTURE [BATCH [THREADS [SECONDS [json]]]]")
    exit(64)
  }
} catch {
  print("training: \(error)")
  exit(1)
}
