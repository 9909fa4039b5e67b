// Measures training, and writes what a single step computes, for comparison with another implementation.
//
//     training step NETWORK.onnx INPUTS LABELS FOLDER (raw little-endian floats)
//     training speed ARCHITECTURE [BATCH [THREADS [SECONDS]]]

import Foundation
import Learning
import Networks
import Tensors

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch arguments.first {
  case "speed": try Speed.measure(Array(arguments.dropFirst()))
  case "step": try SingleStep.write(Array(arguments.dropFirst()))
  default:
    print("usage: training speed ARCHITECTURE [BATCH [THREADS [SECONDS]]] | step NETWORK INPUTS LABELS FOLDER")
    exit(64)
  }
} catch {
  print("training: \(error)")
  exit(1)
}
