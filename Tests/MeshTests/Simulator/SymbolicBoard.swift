import Mesh

/// A row's provenance as the truth has it: the (stage, row) pairs that were filled with zeros on its way.
typealias Taint = Set<Int>

func taintKey(stage: Int, row: Int) -> Int { stage << 20 | row }

/// What a buffer holds in the simulator: rows with their taints instead of numbers.
enum SymbolicBuffer: Sendable {
  case input
  case slice(rows: [Int], taint: Taint)
  case output(Taint)
}

/// A board's worker and memory: it does what the effects say, symbolically, and reports what must never happen.
struct SymbolicBoard: Sendable {
  struct Workspace: Sendable {
    var inputBytes: [Int]
    /// By stage and row: the taint, or nil while nothing is there.
    var values: [[Taint?]]
    /// Bytes placed of each (stage, owner, holder), by offset.
    var placed: [PlacedKey: Set<Int>] = [:]
    var discarded: Set<Int> = []
    /// Rows that came from a holder, by stage: nothing may fill them.
    var exact: [Set<Int>]
    /// Owners whose whole slice is here, by stage: nobody else's copy may be taken any more.
    var wholeOwners: [Set<Int>]
  }

  struct PlacedKey: Hashable, Sendable {
    var stage: Int
    var owner: Int
    var holder: Int
  }

  let facts: PlanFacts
  let seat: Int
  var buffers: [BufferHandle: SymbolicBuffer] = [:]
  var workspaces: [AttemptID: Workspace] = [:]
  var nextBuffer: UInt64 = 1
  var violations: [String] = []

  init(facts: PlanFacts, seat: Int) {
    self.facts = facts
    self.seat = seat
  }

  mutating func keep(_ buffer: SymbolicBuffer) -> BufferHandle {
    let handle = BufferHandle(nextBuffer)
    nextBuffer += 1
    buffers[handle] = buffer
    return handle
  }

  mutating func release(_ handle: BufferHandle) {
    if buffers.removeValue(forKey: handle) == nil { violations.append("buffer \(handle.number) released twice") }
  }

  mutating func open(_ attempt: AttemptID) {
    if workspaces[attempt] != nil { violations.append("attempt \(attempt) opened twice") }
    workspaces[attempt] = Workspace(
      inputBytes: facts.inputBytes.map { _ in 0 },
      values: facts.stages.map { [Taint?](repeating: nil, count: $0.rowCount) },
      exact: facts.stages.map { _ in [] }, wholeOwners: facts.stages.map { _ in [] })
  }

  mutating func placeInput(_ attempt: AttemptID, input: Int, offset: Int, _ handle: BufferHandle) {
    release(handle)
    guard workspaces[attempt] != nil else { return }
    let length = min(Limits.chunkBytes, facts.inputBytes[input] - offset)
    workspaces[attempt]?.inputBytes[input] += length
    if workspaces[attempt]?.inputBytes[input] ?? 0 > facts.inputBytes[input] {
      violations.append("input bytes placed twice")
    }
  }

  mutating func place(_ attempt: AttemptID, _ unit: WorkUnit, holder: Int, offset: Int, _ handle: BufferHandle) {
    let buffer = buffers[handle]
    release(handle)
    guard workspaces[attempt] != nil, case .slice(let rows, let taint) = buffer else { return }
    if holder != unit.owner, workspaces[attempt]?.wholeOwners[unit.stage].contains(unit.owner) ?? false {
      violations.append("rows of stage \(unit.stage) taken from seat \(holder) though seat \(unit.owner)'s are here")
    }
    let key = PlacedKey(stage: unit.stage, owner: unit.owner, holder: holder)
    let isNew = workspaces[attempt]?.placed[key, default: []].insert(offset).inserted ?? false
    if !isNew { violations.append("rows of stage \(unit.stage) from seat \(holder) taken twice") }
    let total = facts.sliceBytes(stage: unit.stage, rows: rows.count)
    guard workspaces[attempt]?.placed[key]?.count == Transfer.chunks(of: total).count else { return }
    if holder == unit.owner { workspaces[attempt]?.wholeOwners[unit.stage].insert(unit.owner) }
    set(attempt, unit.stage, rows, taint, isExact: true)
  }

  private mutating func set(_ attempt: AttemptID, _ stage: Int, _ rows: [Int], _ taint: Taint, isExact: Bool) {
    for row in rows {
      workspaces[attempt]?.values[stage][row] = taint
      if isExact { workspaces[attempt]?.exact[stage].insert(row) }
    }
  }

  mutating func fill(_ attempt: AttemptID, stage: Int, rows: [Int]) {
    guard let workspace = workspaces[attempt] else { return }
    for row in rows {
      if workspace.exact[stage].contains(row) { violations.append("row \(row) of stage \(stage) filled though here") }
      workspaces[attempt]?.values[stage][row] = [taintKey(stage: stage, row: row)]
    }
  }

  /// The slice of a unit, from complete inputs only; own and replica rows also count at this seat itself.
  mutating func compute(_ attempt: AttemptID, _ unit: WorkUnit, placing: Bool) -> BufferHandle? {
    guard let taint = inputTaint(attempt, stage: unit.stage) else { return nil }
    let rows = facts.rows(stage: unit.stage, owner: unit.owner, holder: seat)
    if rows.isEmpty { violations.append("seat \(seat) computes rows of \(unit.owner) that it does not hold") }
    if unit.owner == seat {
      for stage in facts.stages.indices where facts.stages[stage].lastConsumer < unit.stage - 1 {
        workspaces[attempt]?.discarded.insert(stage)
      }
    }
    if placing { set(attempt, unit.stage, rows, taint, isExact: true) }
    return keep(.slice(rows: rows, taint: taint))
  }

  private mutating func inputTaint(_ attempt: AttemptID, stage: Int) -> Taint? {
    guard let workspace = workspaces[attempt] else { return nil }
    for input in facts.stages[stage].networkInputs where workspace.inputBytes[input] != facts.inputBytes[input] {
      violations.append("stage \(stage) computed before its input is whole")
    }
    var taint: Taint = []
    for input in facts.stages[stage].stageInputs {
      if workspace.discarded.contains(input) { violations.append("stage \(stage) computed from a discarded value") }
      for (row, value) in workspace.values[input].enumerated() {
        guard let value else {
          violations.append("stage \(stage) computed without row \(row) of stage \(input)")
          continue
        }
        taint.formUnion(value)
      }
    }
    return taint
  }

  mutating func computeTail(_ attempt: AttemptID) -> BufferHandle? {
    guard let workspace = workspaces[attempt] else { return nil }
    var taint: Taint = []
    for stage in facts.stages.indices where facts.stages[stage].isNeededByTail {
      for (row, value) in workspace.values[stage].enumerated() {
        guard let value else {
          violations.append("tail computed without row \(row) of stage \(stage)")
          continue
        }
        taint.formUnion(value)
      }
    }
    return keep(.output(taint))
  }
}
