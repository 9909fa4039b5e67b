import Pictures
import Plans
import Tensors

/// The directory that raw outputs are kept in: `INPUT.npy`, or `INPUT.OUTPUT.npy` for networks with several outputs.
struct ResultFiles: Sendable {
  let directory: String
  let outputs: [PlanValue]

  /// Makes the directory where it is missing.
  init(directory: String, outputs: [PlanValue]) throws(Failure) {
    try WholeFile.makeDirectory(directory)
    self.directory = directory
    self.outputs = outputs
  }

  /// Keeps the outputs of one request; the second time round the same input they have a `2` in their names, and so on.
  func keep(_ elements: [[Float]], of item: InputStream.Item) throws {
    let base = Self.baseName(item.name) + (item.pass > 1 ? ".\(item.pass)" : "")
    for (output, elements) in zip(outputs, elements) where output.elementCount == elements.count {
      let suffix = outputs.count > 1 ? ".\(output.name.replacing("/", with: "_"))" : ""
      try NPY.write(Tensor(shape: output.shape, elements: elements), to: "\(directory)/\(base)\(suffix).npy")
    }
  }

  /// What stands behind the last slash.
  static func baseName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
