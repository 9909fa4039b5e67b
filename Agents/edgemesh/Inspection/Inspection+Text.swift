import Networks
import Planning
import Plans
import Tensors

extension Inspection {
  /// Tables and sentences for a terminal of 100 columns; sentences are wrapped to `width`.
  func text(width: Int) -> String {
    var sections = [heading(width), values]
    sections.append(operatorTable)
    sections.append(costs(width))
    if let mesh {
      sections.append(stageTable(mesh))
      sections.append(comparison(mesh, width))
    } else if let meshObstacle {
      sections.append(Self.sentence(meshObstacle, width))
    }
    if layers != nil { sections.append(layerTable) }
    if !problems.isEmpty { sections.append(problemList(width)) }
    return sections.joined(separator: "\n\n")
  }

  private static func sentence(_ text: String, _ width: Int) -> String {
    TextBlock.wrap(SingleLine.of(text), width: width, indent: 0).joined(separator: "\n")
  }

  private func heading(_ width: Int) -> String {
    var facts = [survey.opset.map { "opset \($0)" } ?? "no opset"]
    if !survey.name.isEmpty { facts.insert(Self.shortened(survey.name, to: 40), at: 0) }
    if !survey.producer.isEmpty { facts.append("written by \(Self.shortened(survey.producer, to: 40))") }
    facts.append(ByteSize.format(survey.fileBytes))
    return Self.sentence("\(file): " + facts.joined(separator: ", "), width) + "\ndigest \(survey.digest)"
  }

  private static let valuesShown = 64

  private var values: String {
    var table = TextTable([.left(""), .left("NAME"), .left("TYPE"), .left("IN FILE"), .left("RUNS AS")])
    for (kind, values) in [("input", survey.inputs), ("output", survey.outputs)] {
      for value in values.prefix(Self.valuesShown) {
        table.append([
          kind, Self.shortened(value.name, to: 36), value.elementType,
          Self.shortened(value.declaredDimensions?.joined(separator: "x") ?? "?", to: 24),
          value.shape.map { $0.rank == 0 ? "scalar" : "\($0)" } ?? "?",
        ])
      }
      if values.count > Self.valuesShown { table.append([kind, "and \(values.count - Self.valuesShown) more"]) }
    }
    return table.rendered
  }

  private static let operatorsShown = 60

  private var operatorTable: String {
    let operators = self.operators
    let shown = operators.prefix(Self.operatorsShown)
    // A file may make up as many as it likes.
    let rest = operators.count > shown.count ? "\nand \(operators.count - shown.count) more; --json lists all" : ""
    guard let total = multiplyAccumulates else {
      var table = TextTable([.left("OPERATOR"), .right("IN FILE")])
      for row in shown { table.append([Self.shortened(row.operatorType, to: 60), "\(row.inFile)"]) }
      return table.rendered + rest
    }
    var table = TextTable([
      .left("OPERATOR"), .right("IN FILE"), .right("RUN"), .right("PARAMS"), .right("MACS"), .right("FLOPS"),
      .right("SHARE"),
    ])
    for row in shown {
      table.append(
        [Self.shortened(row.operatorType, to: 40), "\(row.inFile)", "\(row.run)", Self.orDash(row.parameters)]
          + Self.compute(row.multiplyAccumulates, of: total))
    }
    table.append(
      [
        "all", "\(survey.operators.values.reduce(0, +))", "\(layers?.count ?? 0)", Self.orDash(heldParameters ?? 0),
      ] + Self.compute(total, of: total))
    return table.rendered + rest
  }

  /// Multiply-accumulates, FLOPs and their share of the whole.
  private static func compute(_ multiplyAccumulates: Int, of total: Int) -> [String] {
    guard multiplyAccumulates > 0 else { return ["-", "-", "-"] }
    return [
      Quantity.counted(multiplyAccumulates), Quantity.counted(flops(multiplyAccumulates)),
      share(multiplyAccumulates, of: total),
    ]
  }

  private static func share(_ part: Int, of whole: Int) -> String {
    whole > 0 ? Quantity.fixed(100 * Double(part) / Double(whole), decimals: 1) + " %" : "-"
  }

  private static func orDash(_ count: Int) -> String { count == 0 ? "-" : Quantity.counted(count) }

  private func costs(_ width: Int) -> String {
    var lines = [
      "parameters  \(Quantity.counted(survey.parameters)) in the file, \(ByteSize.format(survey.parameterBytes))"
    ]
    if let heldParameters {
      lines[0] += "; \(Quantity.counted(heldParameters)) held as float32, \(ByteSize.format(4 * heldParameters))"
    }
    if let multiplyAccumulates {
      lines.append(
        "compute     \(Quantity.counted(multiplyAccumulates)) MACs = \(Quantity.counted(Self.flops(multiplyAccumulates)))"
          + " FLOPs a request (a MAC, multiply-accumulate, is 2 FLOPs)")
    }
    if let weightBytes, let activationPeakBytes {
      lines.append(
        "memory      on one board \(ByteSize.format(weightBytes)) of weights (packed for this machine) and at most "
          + "\(ByteSize.format(activationPeakBytes)) of activations")
    }
    return lines.flatMap { TextBlock.wrap($0, width: width, indent: 0, hanging: 12, keepsRuns: true) }
      .joined(separator: "\n")
  }

  // MARK: The mesh

  private func stageTable(_ mesh: Mesh) -> String {
    var table = TextTable([
      .left("STAGE"), .left("OPERATORS"), .right("ROWS"), .right("PARAMS"), .right("MACS"), .right("SEAT MACS"),
      .right("SLICE"), .right("GATHERED"), .right("FLOP/B"),
    ])
    for stage in mesh.stages {
      let seatMACs = stage.shares.map(\.multiplyAccumulates).max() ?? 0
      let gathered = stage.shares.map(\.exchange.receivedBytes).max() ?? 0
      table.append([
        Self.shortened(stage.name, to: 17), Self.words(stage.operators), "\(stage.rows)", Self.orDash(stage.parameters),
        Self.orDash(stage.multiplyAccumulates), Self.orDash(seatMACs),
        ByteSize.format(stage.shares.map(\.exchange.sliceBytes).max() ?? 0), ByteSize.format(gathered),
        Self.density(seatMACs, gathered),
      ])
    }
    table.append([
      "tail (gateway)", Self.words(mesh.tail.operators), "", Self.orDash(mesh.tail.parameters),
      Self.orDash(mesh.tail.multiplyAccumulates), Self.orDash(mesh.tail.multiplyAccumulates), "", "", "",
    ])
    return "\(mesh.stages.count) \(mesh.stages.count == 1 ? "stage" : "stages") over \(seatCount) "
      + "\(seatCount == 1 ? "seat" : "seats"), rows split evenly, no replicas; bytes are one request's\n\n"
      + table.rendered
  }

  private static func words(_ operators: [StageFigures.OperatorCount]) -> String {
    let words = operators.map { $0.count == 1 ? $0.operatorType : "\($0.count) \($0.operatorType)" }
    return words.isEmpty ? "none" : shortened(words.joined(separator: ", "), to: 18, keepingEnd: false)
  }

  private static func density(_ multiplyAccumulates: Int, _ bytes: Int) -> String {
    guard bytes > 0 else { return "-" }
    let value = Double(flops(multiplyAccumulates)) / Double(bytes)
    return value < 1000 ? Quantity.threeDigits(value) : Quantity.counted(Int(value))
  }

  /// Compute against bytes, as plain figures: whether boards gain by sharing depends on them and their links.
  private func comparison(_ mesh: Mesh, _ width: Int) -> String {
    let macs = mesh.seatMultiplyAccumulates
    let busiest = macs.max() ?? 0
    let total = multiplyAccumulates ?? 0
    let together = macs.reduce(mesh.tail.multiplyAccumulates, Self.sum)
    let sent = mesh.seats.map(\.sentBytes).max() ?? 0
    let received = mesh.seats.map(\.receivedBytes).max() ?? 0
    let alone = "One board alone computes \(Quantity.counted(Self.flops(total))) FLOPs and exchanges nothing."
    guard seatCount > 1 else { return Self.sentence(alone, width) }
    let exchanges = mesh.stages.count == 1 ? "exchange" : "exchanges"
    var text =
      alone + " Of \(seatCount) seats the busiest computes \(Quantity.counted(Self.flops(busiest))) FLOPs ("
      + "\(Self.share(busiest, of: total))), holds \(ByteSize.format(mesh.seats.map(\.weightBytes).max() ?? 0)) of "
      + "weights, sends \(ByteSize.format(sent)) and receives \(ByteSize.format(received)) in \(mesh.stages.count) "
      + exchanges
    if received > 0 { text += ": \(Self.density(busiest, received)) FLOPs to a byte received" }
    text += ". "
    if mesh.tail.multiplyAccumulates > 0 {
      text += "The gateway adds \(Quantity.counted(Self.flops(mesh.tail.multiplyAccumulates))) FLOPs of the tail. "
    }
    if together > total {
      text += "All together compute \(Self.share(together - total, of: total)) more than one board alone. "
    }
    text +=
      "To compare: a board of 8 GFLOP/s does \(StagingOptions.defaultFLOPsPerExchangedByte) FLOPs in the time that a "
      + "gigabit link takes for a byte, and an exchange costs some 30 us beside its bytes."
    return Self.sentence(text, width)
  }

  // MARK: Layers

  private static let layersShown = 5

  /// The layers with most multiply-accumulates and those with most parameters, the former first.
  private var layerTable: String {
    let layers = layers ?? []
    let total = multiplyAccumulates ?? 0
    func top(_ cost: (NodeProfile) -> Int) -> [Int] {
      let costly = layers.indices.filter { cost(layers[$0]) > 0 }
      return Array(costly.sorted { (cost(layers[$1]), $0) < (cost(layers[$0]), $1) }.prefix(Self.layersShown))
    }
    let chosen = Set(top(\.multiplyAccumulates) + top(\.parameters)).sorted {
      (layers[$1].multiplyAccumulates, $0) < (layers[$0].multiplyAccumulates, $1)
    }
    guard !chosen.isEmpty else { return "No layer multiplies or has parameters." }
    var table = TextTable([
      .left("BIGGEST LAYERS"), .left("OPERATOR"), .left("OUTPUT"), .right("PARAMS"), .right("MACS"), .right("SHARE"),
    ])
    for index in chosen {
      let layer = layers[index]
      let compute = Self.compute(layer.multiplyAccumulates, of: total)
      table.append([
        Self.shortened(layer.name, to: 36), Self.shortened(layer.operatorType, to: 20), "\(layer.outputShape)",
        Self.orDash(layer.parameters), compute[0], compute[2],
      ])
    }
    return table.rendered
  }
}

extension Inspection {
  /// `text` in at most `limit` characters, the middle (or the end) left out.
  static func shortened(_ text: String, to limit: Int, keepingEnd: Bool = true) -> String {
    let text = SingleLine.of(text)
    guard text.count > limit else { return text }
    guard keepingEnd else { return text.prefix(limit - 2) + ".." }
    // The ends of names tell them apart: the beginnings are those of modules.
    return text.prefix(limit / 3) + ".." + text.suffix(limit - 2 - limit / 3)
  }
}
