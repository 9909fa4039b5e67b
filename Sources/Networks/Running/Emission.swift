import Tensors

/// Collects the steps of a prepared network while its nodes are gone through: where each value is, in which form, and
/// from which step to which it is needed.
struct Emission {
  typealias BufferID = Int

  /// A value's place in the arena, decided later.
  struct Buffer {
    var layout: ValueLayout
    /// Items from which to which its memory is taken.
    var first: Int
    var last: Int
    /// It is a part of this one, from that float on.
    var whole: (buffer: BufferID, offset: Int)?
  }

  enum Operand: Hashable {
    case buffer(BufferID)
    case external(Int)
  }

  struct KernelStep {
    var call: KernelCall
    var inputs: [Operand]
    var output: BufferID
    var nodes: [String]
  }

  /// A value in the arena as a node (or the caller) sees it.
  struct View: Sendable {
    var buffer: BufferID
    var form: ValueForm
    var shape: Shape
  }

  enum Source {
    case slot(Int)
    case view(View)
  }

  struct NodeStep {
    var work: Step.Work
    var inputs: [Source?]
    var outputs: [Int?]
    var shape: Shape
    var nodes: [String]
  }

  enum Item {
    case kernel(KernelStep)
    case node(NodeStep)
  }

  struct External {
    var slot: Int
    var layout: ValueLayout
    /// Where it is converted to if it is not given so.
    var buffer: BufferID
  }

  private enum Whereabouts {
    case slot(Int)
    case made(BufferID, ValueForm)
  }

  let shapes: [String: Shape]
  let constants: [String: Constant]
  private(set) var items: [Item] = []
  var buffers: [Buffer] = []
  private(set) var externals: [External] = []
  /// Values outside of the arena: constants that nodes use, inputs, what nodes make.
  private(set) var slotCount = 0
  private(set) var slotValues: [Int: Constant] = [:]
  /// Bytes of what is in a slot and not constant.
  private(set) var slotBytes: [Int: Int] = [:]
  private var whereabouts: [String: Whereabouts] = [:]
  private var converted: [String: BufferID] = [:]
  private var externalIDs: [External.Key: Int] = [:]
  /// Buffers that what a node made may share memory with: they live as long as that does.
  private var lenders: [Int: Set<BufferID>] = [:]
  /// Names of the nodes that are being emitted: that with the weights first, then those fused to it.
  var current: [String] = []

  /// Values of `[1, H, W, C]` (or `[1, L, C]`) that are laid out as maps: every operator that makes one of them must
  /// make it so.
  let channelsLast: Set<String>

  init(shapes: [String: Shape], constants: [String: Constant], channelsLast: Set<String>) {
    self.shapes = shapes
    self.channelsLast = channelsLast
    self.constants = constants
  }

  // MARK: What an operator asks

  func floats(_ name: String) -> Tensor? {
    guard case .float(let tensor) = constants[name] else { return nil }
    return tensor
  }

  /// The form in which a value is, or would best be taken.
  func form(of name: String) -> ValueForm {
    if case .made(_, let form) = whereabouts[name] { return form }
    return shapes[name]?.rank == 4 && layout(of: name, as: .map) != nil ? .map : .plain
  }

  /// How a value is laid out in a form; nil where it cannot have it.
  func layout(of name: String, as form: ValueForm) -> ValueLayout? {
    guard let shape = shapes[name] else { return nil }
    let isMap = (shape.rank == 3 || shape.rank == 4) && shape[0] == 1 && !shape.dimensions.contains(0)
    switch form {
    case .plain: return .plain(count: shape.elementCount)
    case .map:
      guard isMap else { return nil }
      return .map(channels: shape[1], height: shape.rank == 4 ? shape[2] : 1, width: shape[shape.rank - 1])
    case .channelsLast:
      guard isMap else { return nil }
      return .map(
        channels: shape[shape.rank - 1], height: shape.rank == 4 ? shape[1] : 1, width: shape[shape.rank - 2])
    }
  }

  /// The value for a kernel that takes it in that form, converted by one more step where need be; nil where it cannot
  /// be had so.
  mutating func operand(_ name: String, as form: ValueForm) -> Operand? {
    guard let layout = layout(of: name, as: form) else { return nil }
    switch whereabouts[name] {
    case .made(let buffer, let own):
      if own == form { return .buffer(buffer) }
      guard own != .channelsLast, form != .channelsLast, let map = self.layout(of: name, as: .map) else { return nil }
      // One pixel: the channels stand as plain numbers do.
      if map.hasOnePixel, form == .plain || buffers[buffer].layout.byteCount == layout.byteCount {
        return .buffer(buffer)
      }
      if let known = converted[name] { return .buffer(known) }
      let made = append(form == .map ? .fromPlanes(map) : .toPlanes(map), [.buffer(buffer)], layout)
      converted[name] = made
      return .buffer(made)
    case .slot, nil:
      guard form != .channelsLast else { return nil }
      return .external(external(slot(name), layout))
    }
  }

  /// Appends a kernel that makes a node's output. Its operands come from `operand`.
  mutating func append(_ call: KernelCall, _ operands: [Operand], output name: String, as form: ValueForm) {
    guard let layout = layout(of: name, as: form) else { return }
    whereabouts[name] = .made(append(call, operands, layout), form)
  }

  /// Makes `name` another name of the value `other`, seen in that form: nothing is to be done. The value is in the
  /// arena; see `isMade`.
  mutating func alias(_ name: String, of other: String, as form: ValueForm) {
    guard case .made(let buffer, _) = whereabouts[other] else { return }
    whereabouts[name] = .made(buffer, form)
  }

  /// The same for the converted form of a value.
  mutating func alias(_ name: String, of operand: Operand, as form: ValueForm) -> Bool {
    guard case .buffer(let buffer) = operand else { return false }
    whereabouts[name] = .made(buffer, form)
    return true
  }

  func isMade(_ name: String) -> Bool {
    if case .made = whereabouts[name] { return true }
    return false
  }

  /// A new map made of others, its parts, each of whole blocks but the last. Parts that can lie in it from the start
  /// are made there; others are copied.
  mutating func join(_ parts: [String], output name: String) -> Bool {
    guard let layout = layout(of: name, as: .map) else { return false }
    var offsets: [Int] = []
    var offset = 0
    for (index, part) in parts.enumerated() {
      guard case .map(let channels, _, _) = self.layout(of: part, as: .map), let own = self.layout(of: part, as: .map),
        index == parts.count - 1 || channels % FeatureMap.block == 0, !isChannelsLast(part)
      else { return false }
      offsets.append(offset)
      offset += own.byteCount / MemoryLayout<Float>.stride
    }
    let whole = newBuffer(layout, at: items.count)
    for (part, offset) in zip(parts, offsets) {
      if case .made(let buffer, .map) = whereabouts[part], buffers[buffer].whole == nil, buffer != whole,
        isMadeByKernel(buffer)
      {
        buffers[buffer].whole = (whole, offset)
        continue
      }
      guard let own = self.layout(of: part, as: .map), let operand = operand(part, as: .map) else { return false }
      let copy = append(.copy(own), [operand], own)
      buffers[copy].whole = (whole, offset)
    }
    whereabouts[name] = .made(whole, .map)
    return true
  }

  private func isChannelsLast(_ name: String) -> Bool {
    if case .made(_, .channelsLast) = whereabouts[name] { return true }
    return false
  }

  private func isMadeByKernel(_ buffer: BufferID) -> Bool { !externals.contains { $0.buffer == buffer } }

  /// Kernels' outputs that may take an operand's place, with that operand.
  var overwrites: [(output: BufferID, input: BufferID)] {
    items.flatMap { item -> [(output: BufferID, input: BufferID)] in
      guard case .kernel(let step) = item, step.call.mayOverwriteOperands else { return [] }
      return step.inputs.compactMap { if case .buffer(let buffer) = $0 { (step.output, buffer) } else { nil } }
    }
  }

  // MARK: Nodes

  /// Appends a node to be evaluated.
  mutating func append(_ work: Step.Work, _ node: Node, shape: Shape, inputs names: [String]) {
    let index = items.count
    var inputs: [Source?] = []
    var lent: Set<BufferID> = []
    for name in names {
      guard !name.isEmpty else {
        inputs.append(nil)
        continue
      }
      let source = source(name)
      use(source, at: index)
      inputs.append(source)
      switch source {
      case .view(let view): lent.insert(view.buffer)
      case .slot(let slot): lent.formUnion(lenders[slot] ?? [])
      }
    }
    var outputs: [Int?] = []
    for name in node.outputs {
      outputs.append(name.isEmpty ? nil : slot(name))
      if let slot = outputs.last ?? nil { lenders[slot] = lent }
    }
    items.append(.node(NodeStep(work: work, inputs: inputs, outputs: outputs, shape: shape, nodes: current)))
  }

  /// Where a value is when the network has run.
  mutating func result(_ name: String) -> Source {
    let source = source(name)
    use(source, at: items.count)
    return source
  }

  /// The slot of a value outside of the arena.
  mutating func slot(_ name: String) -> Int {
    if case .slot(let slot) = whereabouts[name] { return slot }
    let slot = slotCount
    slotCount += 1
    whereabouts[name] = .slot(slot)
    if let constant = constants[name] {
      slotValues[slot] = constant
    } else {
      slotBytes[slot] = (shapes[name]?.elementCount ?? 0) * MemoryLayout<Float>.stride
    }
    return slot
  }

  private mutating func source(_ name: String) -> Source {
    if case .made(let buffer, let form) = whereabouts[name] {
      return .view(View(buffer: buffer, form: form, shape: shapes[name] ?? []))
    }
    return .slot(slot(name))
  }

  private mutating func use(_ source: Source, at index: Int) {
    switch source {
    case .view(let view): extend(view.buffer, to: index)
    case .slot(let slot): for buffer in lenders[slot] ?? [] { extend(buffer, to: index) }
    }
  }

  // MARK: Buffers

  private mutating func newBuffer(_ layout: ValueLayout, at index: Int) -> BufferID {
    buffers.append(Buffer(layout: layout, first: index, last: index))
    return buffers.count - 1
  }

  private mutating func extend(_ buffer: BufferID, to index: Int) {
    buffers[buffer].last = Swift.max(buffers[buffer].last, index)
  }

  private mutating func append(_ call: KernelCall, _ operands: [Operand], _ layout: ValueLayout) -> BufferID {
    let index = items.count
    for operand in operands {
      switch operand {
      case .buffer(let buffer): extend(buffer, to: index)
      case .external(let external):
        extend(externals[external].buffer, to: index)
        for buffer in lenders[externals[external].slot] ?? [] { extend(buffer, to: index) }
      }
    }
    let output = newBuffer(layout, at: index)
    items.append(.kernel(KernelStep(call: call, inputs: operands, output: output, nodes: current)))
    return output
  }

  private mutating func external(_ slot: Int, _ layout: ValueLayout) -> Int {
    let key = External.Key(slot: slot, layout: layout)
    if let known = externalIDs[key] { return known }
    let maker = items.lastIndex {
      if case .node(let step) = $0 { step.outputs.contains(slot) } else { false }
    }
    // Plain numbers are used where they lie.
    var size = layout
    if case .plain = layout { size = .plain(count: 0) }
    externals.append(External(slot: slot, layout: layout, buffer: newBuffer(size, at: maker ?? 0)))
    externalIDs[key] = externals.count - 1
    return externals.count - 1
  }
}

extension Emission.External {
  fileprivate struct Key: Hashable {
    var slot: Int
    var layout: ValueLayout
  }
}
