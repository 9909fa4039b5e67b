import Networks
import Tensors

/// One forward pass over a network that finds which values must be gathered, and which belong to one stage.
///
/// It keeps *groups* of values that one seat can compute the same rows of without an exchange between them; a group
/// becomes a stage once it is known which of its values others need (`chooseExchanges`).
struct StagingPass {
  /// How a value is held while the network is walked through.
  enum Placement {
    /// Whole at every seat, once the given groups' values have been gathered.
    case whole(after: Set<Int>)
    /// By rows along an axis, within a group.
    case rows(group: Int, axis: Int)
  }

  let analysis: AnalysedNetwork
  let options: StagingOptions
  /// For each node that is worth a stage of its own, the row axis it would have.
  let stageAxes: [Int?]
  private(set) var placements: [String: Placement] = [:]
  /// For each group the one it was merged into, or itself.
  private var mergedInto: [Int] = []
  /// Groups whose gathered values a group computes from, by group.
  private var dependencies: [Set<Int>] = []
  /// Values that must reach every seat, by group, in the order they were asked for.
  private var needs: [[String]] = []

  init(_ analysis: AnalysedNetwork, options: StagingOptions) {
    self.analysis = analysis
    self.options = options
    let small = options.smallMixingFLOPs(in: analysis.totalFLOPs)
    stageAxes = analysis.network.nodes.indices.map { index in
      guard let (axis, isMixing) = analysis.dividingAxis(ofNode: index) else { return nil }
      let bytes = analysis.byteCount(of: analysis.network.nodes[index].outputs[0])
      let threshold = isMixing ? small : options.worthOfExchange(bytes: bytes)
      return analysis.flops[index] > threshold ? axis : nil
    }
  }

  mutating func run() {
    for input in analysis.network.inputs { placements[input.name] = .whole(after: []) }
    for index in analysis.network.nodes.indices {
      let placement = place(nodeAt: index)
      for output in analysis.network.nodes[index].outputs where !output.isEmpty { placements[output] = placement }
    }
    for output in analysis.network.outputs { _ = gather(output.name) }
  }

  // MARK: One node

  private mutating func place(nodeAt index: Int) -> Placement {
    let node = analysis.network.nodes[index]
    guard let (axis, followed) = continuingAxis(ofNode: index) else { return placeOnGathered(nodeAt: index) }

    // Groups that the node could continue, and what it needs gathered beside them.
    var candidates: Set<Int> = []
    var gathered: Set<Int> = []
    for (position, input) in node.inputs.enumerated() where analysis.isData(input) {
      if followed.contains(position), case .rows(let group, _) = placements[input] {
        candidates.insert(root(of: group))
      } else {
        gathered.formUnion(gather(input))
      }
    }
    // A group that somebody here waits for cannot be continued: its value is gathered, and cut again.
    while true {
      let waitedFor = candidates.filter { candidate in
        reach(from: gathered).contains(candidate)
          || candidates.contains { $0 != candidate && reach(from: [$0]).contains(candidate) }
      }
      if waitedFor.isEmpty { break }
      candidates.subtract(waitedFor)
      gathered.formUnion(waitedFor)
    }
    for (position, input) in node.inputs.enumerated() where followed.contains(position) {
      if case .rows(let group, _) = placements[input], !candidates.contains(root(of: group)) { _ = gather(input) }
    }
    guard let target = candidates.max() else { return placeOnGathered(nodeAt: index) }
    for candidate in candidates where candidate != target { merge(candidate, into: target) }
    dependencies[target].formUnion(gathered)
    return .rows(group: target, axis: axis)
  }

  /// Places a node that has all its data whole: it starts a stage, or is computed whole wherever it is needed.
  private mutating func placeOnGathered(nodeAt index: Int) -> Placement {
    let node = analysis.network.nodes[index]
    var sources: Set<Int> = []
    for input in node.inputs where analysis.isData(input) { sources.formUnion(gather(input)) }
    guard let axis = stageAxes[index] else { return .whole(after: sources) }
    mergedInto.append(mergedInto.count)
    dependencies.append(sources)
    needs.append([])
    return .rows(group: mergedInto.count - 1, axis: axis)
  }

  /// The output axis along which a node passes on the rows of its inputs, with the positions of the inputs that it
  /// follows; nil where it follows none.
  private func continuingAxis(ofNode index: Int) -> (axis: Int, followed: Set<Int>)? {
    let node = analysis.network.nodes[index]
    guard let output = node.outputs.first else { return nil }
    var best: (axis: Int, followed: Set<Int>)?
    for axis in 0..<analysis.shape(of: output).rank {
      guard let rule = analysis.rowRule(ofNode: index, axis: axis) else { continue }
      var followed: Set<Int> = []
      for (position, input) in node.inputs.enumerated() {
        if case .rows(_, let rowAxis) = placements[input], rule.inputs[position].followedAxis == rowAxis {
          followed.insert(position)
        }
      }
      if followed.count > best?.followed.count ?? 0 { best = (axis, followed) }
    }
    return best
  }

  // MARK: Groups

  /// Notes that `value` must reach every seat; returns the groups that this waits for.
  private mutating func gather(_ value: String) -> Set<Int> {
    switch placements[value] {
    case .whole(let groups): return Set(groups.map(root(of:)))
    case .rows(let group, _):
      let group = root(of: group)
      if !needs[group].contains(value) { needs[group].append(value) }
      return [group]
    case nil: return []
    }
  }

  func root(of group: Int) -> Int {
    var group = group
    while mergedInto[group] != group { group = mergedInto[group] }
    return group
  }

  /// The given groups and all that they wait for.
  private func reach(from groups: Set<Int>) -> Set<Int> {
    var reached: Set<Int> = []
    var open = groups.map(root(of:))
    while let group = open.popLast() {
      if reached.insert(group).inserted { open.append(contentsOf: dependencies[group].map(root(of:))) }
    }
    return reached
  }

  private mutating func merge(_ group: Int, into target: Int) {
    mergedInto[group] = target
    dependencies[target].formUnion(dependencies[group])
    needs[target].append(contentsOf: needs[group])
  }

  /// The final groups with what is needed of each, in the order of their making.
  var groupsWithNeeds: [(group: Int, needs: [String])] {
    mergedInto.indices.filter { mergedInto[$0] == $0 && !needs[$0].isEmpty }.map { ($0, needs[$0]) }
  }
}

extension AnalysedNetwork {
  /// The output axis along which a node's own parameters can be divided, and whether a row needs data of more than its
  /// own row; nil where there is none.
  func dividingAxis(ofNode index: Int) -> (axis: Int, isMixing: Bool)? {
    let node = network.nodes[index]
    guard let output = node.outputs.first else { return nil }
    for axis in 0..<shape(of: output).rank where shape(of: output)[axis] > 1 {
      guard let rule = rowRule(ofNode: index, axis: axis) else { continue }
      let inputs = zip(node.inputs, rule.inputs)
      guard inputs.contains(where: { isConstant($0) && $1.isDivided }) else { continue }
      return (axis, inputs.contains { isData($0) && $1.followedAxis == nil })
    }
    return nil
  }
}
