import Networks
import Tensors

/// Lays out a network as a batch program: node by node forward, then back.
struct GraphBuilder {
  typealias Value = BatchProgram.Value

  /// How a value's numbers lie.
  enum Form: Hashable {
    /// `[1, C, H, W]`, `[1, C, L]` or `[1, C]` as a feature map.
    case map
    case plain
  }

  /// Where in the program a step belongs.
  enum Section: Hashable {
    /// Weights turned, then packed: once, before all samples.
    case turning, packing
    case forward, backward
  }

  struct Step {
    var call: BatchCall
    var operands: [Value?]
    var sharing: BatchProgram.Sharing
    var label: String
  }

  let network: Network
  let shapes: [String: Shape]
  let samples: Int
  let layout: ParameterLayout
  var program: BatchProgram
  /// All trained numbers, their gradients, and running statistics.
  let parameters, gradientOfParameters, statistics: Value
  /// Numbers that stay as they are, to be written before the first run.
  private(set) var fixed: [(value: Value, numbers: [Float])] = []
  /// A key for each sample, of each Dropout.
  private(set) var keys: [Value] = []

  private var sections: [Section: [Step]] = [:]
  private var section = Section.forward
  private var label = ""
  private var values: [String: [Form: Value]] = [:]
  private var gradients: [String: (form: Form, value: Value)] = [:]
  private var shared: [String: Value] = [:]
  private var written: Set<String> = []
  private var zeros: [Int: Value] = [:]
  /// What the backward pass looks up again.
  var kept: [String: [Value]] = [:]
  /// The same of recurrences, direction by direction.
  var keptPasses: [String: [RecurrentPass]] = [:]
  /// Values that depend on trained numbers.
  private(set) var trained: Set<String> = []
  /// Functions that the node before them applies itself, by its output; and what those nodes then make.
  let fusions: Fusions

  init(_ network: Network, samples: Int, layout: ParameterLayout, fusions: Fusions) throws(NetworkError) {
    self.network = network
    self.samples = samples
    self.layout = layout
    self.fusions = fusions
    shapes = try network.inferredShapes()
    program = BatchProgram(samples: samples)
    parameters = program.sharedValue(.plain(count: layout.count), isLasting: true)
    gradientOfParameters = program.sharedValue(.plain(count: layout.count), isLasting: true)
    statistics = program.sharedValue(.plain(count: layout.statisticsCount), isLasting: true)
    for entry in layout.entries {
      shared[entry.name] = program.part(
        of: parameters, from: entry.range.lowerBound, count: entry.range.count)
      trained.insert(entry.name)
    }
    for entry in layout.statistics {
      shared[entry.name] = program.part(of: statistics, from: entry.range.lowerBound, count: entry.range.count)
    }
  }

  // MARK: Steps

  /// From here on steps are of this node, in this part of the program.
  mutating func begin(_ section: Section, _ label: String) {
    self.section = section
    self.label = label
  }

  mutating func add(_ call: BatchCall, _ operands: [Value?], _ sharing: BatchProgram.Sharing = .bySample) {
    add(call, operands, sharing, in: section)
  }

  mutating func add(
    _ call: BatchCall, _ operands: [Value?], _ sharing: BatchProgram.Sharing, in section: Section
  ) {
    sections[section, default: []].append(Step(call: call, operands: operands, sharing: sharing, label: label))
  }

  /// Appends a section's steps to the program.
  mutating func append(_ section: Section, _ recomputation: Recomputation) {
    var steps = sections[section] ?? []
    if section == .backward {
      steps = recomputation.extended(steps, after: sections[.forward] ?? [], in: &program)
    }
    for step in steps { program.add(step.call, step.operands, step.sharing, label: step.label) }
  }

  // MARK: Values

  func layout(of name: String, as form: Form) -> ValueLayout? {
    guard let shape = shapes[name] else { return nil }
    switch form {
    case .plain: return .plain(count: shape.elementCount)
    case .map:
      guard (2...4).contains(shape.rank), shape[0] == 1 else { return nil }
      return .map(
        channels: shape[1], height: shape.rank == 4 ? shape[2] : 1, width: shape.rank > 2 ? shape[shape.rank - 1] : 1)
    }
  }

  /// A new value of the samples, laid out as the named one in that form.
  mutating func sampleValue(like name: String, as form: Form) -> Value? {
    layout(of: name, as: form).map { program.sampleValue($0) }
  }

  /// The form in which a value is already.
  func form(of name: String) -> Form { values[name]?[.map] != nil ? .map : .plain }

  /// Says where a node's output is.
  mutating func define(_ name: String, _ value: Value, as form: Form) { values[name] = [form: value] }

  /// A value of the samples in that form.
  mutating func operand(_ name: String, as form: Form) -> Value? {
    if let known = values[name]?[form] { return known }
    let other: Form = form == .map ? .plain : .map
    guard let value = values[name]?[other], let result = converted(value, of: name, to: form) else { return nil }
    values[name]?[form] = result
    return result
  }

  private mutating func converted(_ value: Value, of name: String, to form: Form) -> Value? {
    guard let map = layout(of: name, as: .map), let target = layout(of: name, as: form) else { return nil }
    // One pixel, and no padding: the channels stand as plain numbers do.
    if map.hasOnePixel, map.byteCount == layout(of: name, as: .plain)?.byteCount { return value }
    let result = program.sampleValue(target)
    add(form == .map ? .fromPlanes(map) : .toPlanes(map), [value, result])
    return result
  }

  /// A constant's numbers, which all samples share: trained ones, or others that stay.
  mutating func constant(_ name: String) -> Value? {
    if let known = shared[name] { return known }
    guard case .float(let tensor) = network.constants[name] else { return nil }
    let value = program.sharedValue(.plain(count: tensor.count), isLasting: true)
    fixed.append((value, tensor.elements))
    shared[name] = value
    return value
  }

  func isConstant(_ name: String) -> Bool { network.constants[name] != nil }

  /// A constant of one number a channel, padded to whole blocks; times `scale`. Or zeros, where none is given.
  mutating func padded(_ name: String?, count: Int, scale: Float = 1) -> Value? {
    let whole = BatchCall.paddedChannels(count)
    guard let name, !name.isEmpty else {
      if let known = zeros[whole] { return known }
      let value = program.sharedValue(.plain(count: whole), isLasting: true)
      zeros[whole] = value
      return value
    }
    guard let source = constant(name), program.floatCount(of: source) == count else { return nil }
    let value = program.sharedValue(.plain(count: whole), isLasting: true)
    add(.move([.init(count, from: 1, to: 1)], scale: scale), [source, value], .byStep, in: .turning)
    return value
  }

  mutating func key() -> Value {
    let key = program.sampleValue(.plain(count: 2), isLasting: true)
    keys.append(key)
    return key
  }

  // MARK: Gradients

  mutating func markTrained(_ name: String) { trained.insert(name) }

  func needsGradient(_ name: String) -> Bool { trained.contains(name) }

  /// The gradient by a value, nil where no loss depends on it.
  mutating func gradient(_ name: String, as form: Form) -> Value? {
    guard let known = gradients[name] else { return nil }
    if known.form == form { return known.value }
    guard let value = converted(known.value, of: name, to: form) else { return nil }
    gradients[name] = (form, value)
    return value
  }

  /// The form in which the gradient by a value is.
  func formOfGradient(_ name: String) -> Form? { gradients[name]?.form }

  /// Adds to the gradient by a value.
  mutating func contribute(_ value: Value, to name: String, as form: Form) {
    guard needsGradient(name) else { return }
    guard gradients[name] != nil, let known = gradient(name, as: form), let layout = layout(of: name, as: form) else {
      gradients[name] = (form, value)
      return
    }
    let sum = program.sampleValue(layout)
    add(.combine(.add, layout), [known, value, sum])
    gradients[name] = (form, sum)
  }

  /// Sets the gradient to a sum that includes what was there.
  mutating func replaceGradient(_ name: String, _ value: Value, as form: Form) { gradients[name] = (form, value) }

  /// The gradient by a trained constant, and whether it is there already, so that more has to be added to it.
  mutating func parameterGradient(_ name: String) -> (value: Value, adds: Bool)? {
    guard let entry = layout.entries.first(where: { $0.name == name }) else { return nil }
    let value = program.part(of: gradientOfParameters, from: entry.range.lowerBound, count: entry.range.count)
    return (value, !written.insert(name).inserted)
  }

  /// Adds what each sample has (`count` numbers in the constant's order) to the gradient by a trained constant.
  mutating func contributeSums(of perSample: Value, stride: Int, count: Int, rows: Int = 1, to name: String) {
    guard let target = parameterGradient(name) else { return }
    add(
      .rowSums(rows: samples * rows, count: count, stride: stride, adds: target.adds), [perSample, target.value],
      .together)
  }
}
