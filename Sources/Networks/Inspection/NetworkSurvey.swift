public import Tensors

/// What an ONNX file declares, and everything in it that keeps its network from running, all at once.
///
/// Loading a file stops at the first thing that is wrong. A survey goes on: an operator that is not there has outputs of
/// which nothing is known, and what depends on these is not held against the file.
public struct NetworkSurvey: Sendable {
  /// An input or output as the file declares it.
  public struct Value: Sendable, Hashable {
    public var name: String
    /// Such as "float32"; empty where the file does not say.
    public var elementType: String
    /// Numbers, names of open dimensions, or "?"; nil where nothing is declared.
    public var declaredDimensions: [String]?
    /// The shape with which it runs; nil where that is not known.
    public var shape: Shape?
  }

  public var name: String
  /// The program that wrote the file, with its version; empty where the file does not say.
  public var producer: String
  /// Nil where the file names none.
  public var opset: Int?
  /// SHA-256 of the file's bytes in hexadecimal.
  public var digest: String
  public var fileBytes: Int
  public var inputs: [Value]
  public var outputs: [Value]
  /// Nodes in the file by operator.
  public var operators: [String: Int]
  /// Numbers with a fraction that the file holds as weights and constants, and the bytes that they take there.
  public var parameters: Int
  public var parameterBytes: Int
  public var problems: [NetworkProblem]
  /// The network, simplified as it would run; nil where there are problems.
  public var network: Network?

  /// Reads the file at `path`. Throws `unreadable`, `malformedFile` and `invalidGraph` where the file is damaged: where
  /// it is no ONNX, a tensor has not the elements that it claims, or a value is made twice, by nothing or by itself.
  ///
  /// - Parameter shapes: of inputs, by name, for dimensions that the file leaves open.
  public init(onnx path: String, shapes: [String: Shape] = [:]) throws(NetworkError) {
    let file = try MappedFile(path: path)
    let external = ExternalData(besideModelAt: path)
    self = try unsafe file.withBytes { (bytes: UnsafeRawBufferPointer) throws(NetworkError) -> NetworkSurvey in
      let elements = unsafe bytes.assumingMemoryBound(to: UInt8.self)
      return try unsafe NetworkSurvey(
        onnx: Span(_unsafeElements: elements), shapes: shapes, digest: "", external: external)
    }
    digest = external.digest(model: file)
  }

  /// The same of a file's bytes.
  public init(onnx bytes: [UInt8], shapes: [String: Shape] = [:]) throws(NetworkError) {
    try self.init(onnx: bytes.span, shapes: shapes, digest: sha256Hex(bytes))
  }

  private init(onnx bytes: Span<UInt8>, shapes: [String: Shape], digest: String, external: ExternalData? = nil)
    throws(NetworkError)
  {
    let model = try ONNXModel(bytes)
    guard let graph = model.graph else { throw .malformedFile("it holds no graph") }
    var search = ProblemSearch(model, graph, external: external)
    try search.read(bytes, shapes: shapes)
    try search.walk()
    name = graph.name
    producer = model.producer
    opset = model.opsets[""]
    self.digest = digest
    fileBytes = bytes.count
    operators = graph.nodes.reduce(into: [:]) { $0[$1.qualifiedType, default: 0] += 1 }
    parameters = search.parameters
    parameterBytes = search.parameterBytes
    let constants = Set(graph.initialisers.map(\.name))
    func described(_ value: ONNXValue) -> Value {
      Value(
        name: value.name, elementType: value.elementType.map(ONNXElementType.name(of:)) ?? "",
        declaredDimensions: value.dimensions.map { _ in value.declaredWords }, shape: search.shapes[value.name])
    }
    inputs = graph.inputs.filter { !constants.contains($0.name) }.map(described)
    outputs = graph.outputs.map(described)
    problems = search.problems
    network = search.network
  }
}
