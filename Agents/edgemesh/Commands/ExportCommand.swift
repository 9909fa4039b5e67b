import Networks

/// `edgemesh export`: a network as an ONNX file that any other tool reads.
enum ExportCommand: Command {
  private static let network = Operand.one(
    "NETWORK", NetworkFile.help + "; a file may be of any opset that edgemesh reads")
  private static let file = Operand.one("FILE", "the ONNX file to write")
  private static let simplify = Option.flag(
    "simplify", "Writes the network as it is run: constants folded, batch normalisation merged into layers")

  static let page = ManualPage(
    name: "export", summary: "write a network as an ONNX file of opset \(Network.exportedOpset)",
    operands: [network, file], options: [simplify, ShapeOption.option],
    description: [
      "Writes the network, weights included, in the words of opset \(Network.exportedOpset): newer operators in terms of "
        + "older ones, older forms in those of today, dimensions fixed, weights in single precision. The file computes "
        + "what the network does. A node that opset \(Network.exportedOpset) has no words for is named, and nothing is "
        + "written."
    ],
    examples: [
      .init(
        line: "edgemesh export detector.onnx detector-17.onnx --shape images=1,3,320,320",
        explanation: "For a tool that reads opset \(Network.exportedOpset) at most, with a fixed size")
    ],
    exits: [
      .init(.badData, "the network is damaged, or cannot be said in opset \(Network.exportedOpset)"),
      .init(.missingInput), .init(.cannotCreate),
    ])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let path = arguments[network]
    let loaded = try NetworkFile.load(
      path, shapes: arguments[ShapeOption.option], simplifying: arguments[simplify])
    let bytes: [UInt8]
    do throws(NetworkError) { bytes = try loaded.network.exported() } catch {
      throw Failure(.badData, "\(path): \(error)")
    }
    try WholeFile.write(bytes, to: arguments[file], as: "the network")
    try console.print("\(arguments[file]): opset \(Network.exportedOpset), \(ByteSize.format(bytes.count))")
    return .success
  }
}
