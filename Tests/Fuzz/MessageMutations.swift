/// Damage to an ONNX model that leaves the rest of the file well-formed.
struct MessageMutations {
  let model: Message
  /// Operators that other files have.
  let operators: [String]
  let other: Message

  func apply(_ chance: inout Chance) {
    switch chance.number(20) {
    case 0: changeNodes(&chance)
    case 1...3: rename(&chance)
    case 4: changeOperator(&chance)
    case 5...9: changeAttribute(&chance)
    case 10, 11: changeTensor(&chance)
    case 12, 13: changeIntegers(&chance)
    case 14, 15: changeDimension(&chance)
    case 16: changeOpset(&chance)
    case 17: changeWire(&chance)
    case 18: graft(&chance)
    default: changeFields(&chance)
    }
  }

  private var graph: Message? { model.all(.graph).first }

  /// Nodes twice, gone, in another order; outputs and inputs of the graph likewise.
  private func changeNodes(_ chance: inout Chance) {
    guard let graph else { return }
    guard let at = chance.pick(graph.positions(chance.pick([1, 1, 1, 5, 11, 12]) ?? 1)) else { return }
    switch chance.number(4) {
    case 0: graph.fields.remove(at: at)
    case 1: graph.fields.insert(graph.fields[at], at: at)
    case 2: graph.fields.swapAt(at, chance.number(graph.fields.count))
    default:
      guard case .message(let message) = graph.fields[at].value, message.everything.count < 64 else { return }
      for _ in 0..<1 << chance.number(11) { graph.fields.append(graph.fields[at]) }
    }
  }

  /// Values under other names: cycles, values made twice, inputs left out, names that are long or no text.
  private func rename(_ chance: inout Chance) {
    guard let node = chance.pick(model.all(.node) + model.all(.value) + model.all(.tensor)) else { return }
    let number = node.kind == .node ? chance.pick([1, 1, 2, 3]) ?? 1 : node.kind == .tensor ? 8 : 1
    let names = model.all(.node).flatMap { node in
      node.fields.filter { $0.number == 1 || $0.number == 2 }.compactMap { field -> [UInt8]? in
        if case .bytes(let bytes) = field.value { bytes } else { nil }
      }
    }
    var name = chance.pick(names) ?? []
    switch chance.number(12) {
    case 0: name = []
    case 1: name = [UInt8](repeating: 0x61, count: 1 << chance.number(17))
    case 2: name = [0xFF, 0xFE, 0x0A, 0x00, 0x1B, 0x5B]
    default: break
    }
    if let at = chance.pick(node.positions(number)), !chance.one(in: 4) {
      node.fields[at].value = .bytes(name)
    } else {
      node.fields.append(.init(number, .bytes(name)))
    }
  }

  private func changeOperator(_ chance: inout Chance) {
    guard let node = chance.pick(model.all(.node)), let type = chance.pick(operators) else { return }
    for at in node.positions(4) { node.fields[at].value = .bytes(Array(type.utf8)) }
  }

  /// Numbers at their extremes, lists longer and shorter, another type, another name, a text, a list without end.
  private func changeAttribute(_ chance: inout Chance) {
    let nodes = model.all(.node)
    guard let node = chance.pick(nodes) else { return }
    let attributes = node.all(.attribute)
    guard let attribute = chance.pick(attributes), !chance.one(in: 12) else {
      // One of another node, or another file.
      let donors = (chance.one(in: 2) ? nodes : other.all(.node)).flatMap { $0.all(.attribute) }
      if let donor = chance.pick(donors) { node.fields.append(.init(5, .message(donor.copy))) }
      return
    }
    switch chance.number(12) {
    case 0: node.fields.removeAll { if case .message(let message) = $0.value { message === attribute } else { false } }
    case 1: attribute.fields.append(.init(8, .varint(UInt64(bitPattern: Int64(chance.integer())))))
    case 2: if let at = chance.pick(attribute.positions(8)) { attribute.fields.remove(at: at) }
    case 3: attribute.fields.append(.init(20, .varint(UInt64(chance.number(16)))))
    case 4:
      let value = UInt64(bitPattern: Int64(chance.integer()))
      for _ in 0..<1 << chance.number(14) { attribute.fields.append(.init(8, .varint(value))) }
    case 5: attribute.fields.append(.init(4, .bytes(Array((chance.pick(Self.texts) ?? "").utf8))))
    default:
      for (at, field) in attribute.fields.enumerated() where field.number != 20 && chance.one(in: 2) {
        switch field.value {
        case .varint: attribute.fields[at].value = .varint(UInt64(bitPattern: Int64(chance.integer())))
        case .fixed32: attribute.fields[at].value = .fixed32(chance.float().bitPattern)
        default: break
        }
      }
    }
  }

  private static let texts = [
    "", "SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "reflect", "edge", "wrap", "constant", "linear", "nearest",
    "cubic", "DCR", "CRD", "tanh", "bidirectional", "reverse", "align_corners", "tf_crop_and_resize", "\u{0}\n",
  ]

  /// A tensor's shape, type or data, so that they no longer fit each other.
  private func changeTensor(_ chance: inout Chance) {
    guard let tensor = chance.pick(model.all(.tensor)) else { return }
    switch chance.number(8) {
    case 0, 1:
      if let at = chance.pick(tensor.positions(1)) {
        tensor.fields[at].value = .varint(UInt64(bitPattern: Int64(chance.integer())))
      } else {
        tensor.fields.append(.init(1, .varint(UInt64(bitPattern: Int64(chance.integer())))))
      }
    case 2: for at in tensor.positions(2) { tensor.fields[at].value = .varint(UInt64(chance.number(26))) }
    case 3:
      for at in tensor.positions(9) {
        guard case .bytes(var bytes) = tensor.fields[at].value else { continue }
        if chance.one(in: 2) { bytes.append(0) } else { bytes.removeLast(min(bytes.count, 1 + chance.number(9))) }
        tensor.fields[at].value = .bytes(bytes)
      }
    case 4: tensor.fields.append(.init(1, .varint(UInt64(chance.number(3)))))
    case 5: if let at = chance.pick(tensor.positions(1)) { tensor.fields.remove(at: at) }
    case 6:
      // As if its data lay in another file.
      tensor.fields.append(.init(14, .varint(1)))
      for (key, value) in [
        ("location", chance.pick(["../../../etc/passwd", "/dev/zero", "model.onnx", "", "a\u{0}b"])),
        ("offset", "\(chance.integer())"), ("length", "\(chance.integer())"),
      ] {
        let entry = Message(.entry, [.init(1, .bytes(Array(key.utf8))), .init(2, .bytes(Array((value ?? "").utf8)))])
        tensor.fields.append(.init(13, .message(entry)))
      }
    default:
      // The same number of elements in another shape.
      tensor.fields.insert(.init(1, .varint(1)), at: 0)
    }
  }

  /// Values of small integer tensors: shapes, axes, starts, indices.
  private func changeIntegers(_ chance: inout Chance) {
    let tensors = model.all(.tensor).filter { tensor in
      tensor.fields.contains { field in
        if field.number == 7 { return true }
        guard field.number == 9, case .bytes(let bytes) = field.value else { return false }
        return !bytes.isEmpty && bytes.count <= 128
      }
    }
    guard let tensor = chance.pick(tensors) else { return }
    for (at, field) in tensor.fields.enumerated() {
      switch field.value {
      case .bytes(var bytes) where (field.number == 9 || field.number == 7) && bytes.count >= 8:
        let start = 8 * chance.number(bytes.count / 8)
        let value = UInt64(bitPattern: Int64(chance.integer()))
        for index in 0..<8 { bytes[start + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
        tensor.fields[at].value = .bytes(bytes)
      case .varint where field.number == 7:
        tensor.fields[at].value = .varint(UInt64(bitPattern: Int64(chance.integer())))
      default: break
      }
    }
  }

  /// Dimensions of the graph's inputs and outputs.
  private func changeDimension(_ chance: inout Chance) {
    let shapes = model.all(.shape)
    guard let shape = chance.pick(shapes) else { return }
    switch chance.number(5) {
    case 0: if let at = chance.pick(shape.positions(1)) { shape.fields.remove(at: at) }
    case 1:
      let dimension = Message(.dimension, [.init(1, .varint(UInt64(bitPattern: Int64(chance.integer()))))])
      for _ in 0..<1 << chance.number(6) { shape.fields.append(.init(1, .message(dimension))) }
    default:
      guard let dimension = chance.pick(shape.all(.dimension)) else { return }
      dimension.fields = [.init(1, .varint(UInt64(bitPattern: Int64(chance.integer()))))]
      if chance.one(in: 8) { dimension.fields = [.init(2, .bytes(Array("height".utf8)))] }
    }
  }

  private func changeOpset(_ chance: inout Chance) {
    for opset in model.all(.opset) {
      for at in opset.positions(2) {
        opset.fields[at].value = .varint(
          UInt64(bitPattern: Int64(chance.one(in: 4) ? chance.integer() : 7 + chance.number(19))))
      }
    }
  }

  /// Lengths and wire types that are not true.
  private func changeWire(_ chance: inout Chance) {
    guard let message = chance.pick(model.everything), !message.fields.isEmpty else { return }
    let at = chance.number(message.fields.count)
    if chance.one(in: 2) {
      message.fields[at].falseWireType = UInt64(chance.number(8))
    } else {
      message.fields[at].falseLength = chance.pick([
        0, 1, 127, 1 << 20, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max, UInt64(chance.number(300)),
      ])
    }
  }

  /// A node of another file, fed with values of this one; or messages in messages, a thousand deep.
  private func graft(_ chance: inout Chance) {
    guard let graph else { return }
    if chance.one(in: 6) {
      guard let node = chance.pick(model.all(.node)) else { return }
      var inner = Message(.graph)
      for _ in 0..<1 << chance.number(9) {
        let attribute = Message(.attribute, [.init(1, .bytes([0x61])), .init(6, .message(inner))])
        inner = Message(.graph, [.init(1, .message(Message(.node, [.init(5, .message(attribute))])))])
      }
      node.fields.append(
        .init(5, .message(Message(.attribute, [.init(1, .bytes([0x61])), .init(6, .message(inner))]))))
      return
    }
    let values = model.all(.node).flatMap { node in node.fields.filter { $0.number == 2 }.map(\.value) }
    guard let donor = chance.pick(other.all(.node)), let value = chance.pick(values) else { return }
    let node = Message(.node, donor.copy.fields)
    for at in node.positions(1) where chance.one(in: 2) { node.fields[at].value = value }
    if let output = chance.pick(
      graph.all(.node).flatMap { node in node.fields.filter { $0.number == 1 }.map(\.value) }),
      let at = node.positions(2).first, chance.one(in: 3)
    {
      node.fields[at].value = output
    }
    graph.fields.insert(.init(1, .message(node)), at: chance.number(graph.fields.count))
    // With the constants that it uses.
    for tensor in other.all(.tensor) where node.positions(1).contains(where: { node.fields[$0].isText(tensor.text(8)) })
    {
      graph.fields.append(.init(5, .message(tensor)))
    }
  }

  /// Any field of any message: gone, twice, or moved.
  private func changeFields(_ chance: inout Chance) {
    guard let message = chance.pick(model.everything), !message.fields.isEmpty else { return }
    let at = chance.number(message.fields.count)
    switch chance.number(4) {
    case 0: message.fields.remove(at: at)
    case 1: message.fields.append(message.fields[at])
    case 2: message.fields.swapAt(at, chance.number(message.fields.count))
    default: message.fields[at].number = 1 + chance.number(24)
    }
  }
}

extension Message.Field {
  func isText(_ text: String?) -> Bool {
    guard case .bytes(let bytes) = value, let text else { return false }
    return bytes.elementsEqual(text.utf8)
  }
}
