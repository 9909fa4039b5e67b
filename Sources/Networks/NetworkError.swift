/// What can be wrong with a network: one line that names the thing and the remedy.
public enum NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file is not an ONNX model that we can read.
  case malformedFile(String)
  /// Operators that are not there, each with node and opset, all at once.
  case unsupportedOperators([String])
  /// A node that contradicts its operator or its inputs.
  case invalidNode(node: String, operatorType: String, reason: String)
  /// The graph itself: a cycle, a missing value, a name given twice, a shape that is not fixed.
  case invalidGraph(String)
  /// The inputs given at a run do not fit.
  case wrongInput(name: String, reason: String)
  /// The file could not be read.
  case unreadable(path: String, reason: String)

  public var description: String {
    switch self {
    case .malformedFile(let reason): "not a readable ONNX model: \(reason)"
    case .unsupportedOperators(let list): "operators that edgemesh does not have: \(list.joined(separator: "; "))"
    case .invalidNode(let node, let type, let reason): "node '\(node)' (\(type)): \(reason)"
    case .invalidGraph(let reason): "invalid graph: \(reason)"
    case .wrongInput(let name, let reason): "input '\(name)': \(reason)"
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    }
  }
}
