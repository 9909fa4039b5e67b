/// Something in an ONNX file that keeps its network from running, and what can be done about it.
public struct NetworkProblem: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// The operator set's version is missing or not one whose semantics are known.
    case opset
    /// An operator that is not there.
    case unsupportedOperator = "operator"
    /// Elements of a type, or tensors in a form, that are not read.
    case type
    /// An input whose dimensions the file leaves open.
    case dimension
    /// An operator that is there, in a form that is not: an attribute, a number of inputs, a shape.
    case node
    /// The graph as a whole.
    case graph
  }

  public var kind: Kind
  /// The node, or the input or constant, that it concerns; empty where it concerns the file.
  public var subject: String
  /// The node's operator; empty where it is no node.
  public var operatorType: String
  /// What is wrong, without the subject's name.
  public var reason: String
  /// What to do; empty where the reason says so, or there is no remedy.
  public var remedy: String

  public init(_ kind: Kind, subject: String = "", operatorType: String = "", reason: String, remedy: String = "") {
    self.kind = kind
    self.subject = subject
    self.operatorType = operatorType
    self.reason = reason
    self.remedy = remedy
  }

  /// The problem that an error tells of.
  public init(_ error: NetworkError) {
    switch error {
    case .invalidNode(let node, let type, let reason):
      // An error's reason ends in its remedy, where it has one.
      let parts = reason.split(separator: "; ", maxSplits: 1)
      self.init(
        .node, subject: node, operatorType: type, reason: parts.first.map(String.init) ?? reason,
        remedy: parts.count > 1 ? String(parts[1]) : "")
    case .unsupportedOperators(let list): self.init(.unsupportedOperator, reason: list.joined(separator: "; "))
    case .malformedFile(let reason), .invalidGraph(let reason): self.init(.graph, reason: reason)
    case .wrongInput(let name, let reason): self.init(.graph, subject: name, reason: reason)
    case .unreadable: self.init(.graph, reason: error.description)
    }
  }
}

extension NetworkProblem {
  static func unsupportedOperator(_ type: String, node: String) -> NetworkProblem {
    NetworkProblem(
      .unsupportedOperator, subject: node, operatorType: type, reason: "there is no such operator here",
      remedy: remedy(forOperator: type))
  }

  /// What usually replaces an operator that is not there.
  private static func remedy(forOperator type: String) -> String {
    let parts = type.split(separator: ".")
    let name = parts.last.map(String.init) ?? type
    switch name {
    case "If", "Loop", "Scan":
      return "export with fixed input sizes and simplify the file: control flow then folds away"
    case _ where name.hasPrefix("QLinear") || name.hasSuffix("QuantizeLinear") || name.hasSuffix("Integer"):
      return "export the network with float weights: quantised ones are not run"
    case "NonMaxSuppression", "TopK", "RoiAlign", "Unique", "NonZero":
      return "cut the post-processing off and do it on the answer"
    case _ where type.hasPrefix("ai.onnx.ml."): return "cut this part off: neural operators alone are run"
    case _ where type.hasPrefix("com.microsoft."):
      return "save the file before ONNX Runtime optimises it: the operator is its own"
    case _ where type.hasPrefix("pkg."): return "inline the file's own functions (onnx.inliner does it)"
    case _ where parts.count > 1: return "export it in ONNX's own operators"
    default: return "replace it by others, or cut the network before it"
    }
  }
}
