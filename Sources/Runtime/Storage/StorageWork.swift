import Execution
import Glibc
import Mesh
import Networks
import Plans
import Tensors

/// The storage thread's side: everything that touches files, and the packing of a shard once it is here.
final class StorageWork {
  enum Request: Sendable {
    /// Take up what was held before the restart.
    case restore
    case begin(StoredKind, PlanDigest, byteCount: Int, answer: Answer)
    case append(PlanDigest, offset: Int, [UInt8], answer: Answer)
    case finish(PlanDigest, answer: Answer)
    case adopt(Adoption, answer: Answer)
  }

  /// Whom the reply is for.
  struct Answer: Sendable {
    var path: ReturnPath
    var token: UInt64
  }

  enum Reply: Sendable {
    case answer(AdminReply, Answer)
    /// A seat is ready to run.
    case loaded(LoadedSeat)
    case notLoaded(Adoption, String)
    case restored([LoadedSeat], failures: [(Adoption, String)])
  }

  private let directory: String
  private var store: FileStore?
  private var unusable: StateError?
  private var adoptions: [Adoption] = []

  /// Plans that an agent holds at most; the oldest generations go first.
  static let plans = 4

  init(directory: String) {
    self.directory = directory
    do throws(StateError) { store = try FileStore(directory: directory) } catch { unusable = error }
  }

  func handle(_ request: Request) -> Reply {
    switch request {
    case .restore: return restore()
    case .begin(let kind, let digest, let byteCount, let answer):
      return reply(answer) { store throws(StateError) in
        .storing(isPresent: try store.begin(kind, digest, byteCount: byteCount))
      }
    case .append(let digest, let offset, let bytes, let answer):
      return reply(answer) { store throws(StateError) in
        try store.append(digest, offset: offset, bytes: bytes)
        return .done
      }
    case .finish(let digest, let answer):
      return reply(answer) { store throws(StateError) in
        try store.finish(digest)
        return .done
      }
    case .adopt(let adoption, _): return adopt(adoption)
    }
  }

  private func reply(_ answer: Answer, _ step: (inout FileStore) throws(StateError) -> AdminReply) -> Reply {
    guard store != nil else { return .answer(.failed(unusable?.description ?? "no state directory"), answer) }
    do throws(StateError) { return .answer(try step(&store!), answer) } catch {
      return .answer(.failed(error.description), answer)
    }
  }

  // MARK: Holdings

  private var holdingsPath: String { "\(directory)/holdings" }

  private func adopt(_ adoption: Adoption) -> Reply {
    do {
      let seat = try load(adoption)
      var changed = adoptions.filter { $0.plan != adoption.plan } + [adoption]
      changed.sort { ($0.generation, $0.plan) > ($1.generation, $1.plan) }
      changed = Array(changed.prefix(Self.plans))
      // Held is what is on disk: where the disk is full, everything stays as it was.
      try writeHoldings(changed)
      adoptions = changed
      store?.sweep(keeping: Set(adoptions.flatMap { [$0.plan, $0.manifest, $0.shard] }))
      return .loaded(seat)
    } catch {
      return .notLoaded(adoption, "\(error)")
    }
  }

  private func restore() -> Reply {
    var loaded: [LoadedSeat] = []
    var failures: [(Adoption, String)] = []
    var kept: Set<PlanDigest> = []
    var isWhole = true
    var text = ""
    do throws(StateError) {
      if let bytes = try StateDirectory.read(holdingsPath, limit: 1 << 20) {
        text = String(decoding: bytes, as: UTF8.self)
      }
    } catch {
      isWhole = false
    }
    for line in text.split(separator: "\n") {
      guard let adoption = Adoption(line: line) else {
        isWhole = false
        continue
      }
      kept.formUnion([adoption.plan, adoption.manifest, adoption.shard])
      do {
        loaded.append(try load(adoption))
        adoptions.append(adoption)
      } catch {
        failures.append((adoption, "\(error)"))
      }
    }
    // What nobody adopted before the restart goes. Files of a seat that failed stay: a deployment may mend it. Where it
    // cannot be read what was adopted, nothing goes.
    if isWhole { store?.sweep(keeping: kept) }
    return .restored(loaded, failures: failures)
  }

  private func writeHoldings(_ adoptions: [Adoption]) throws(StateError) {
    try StateDirectory.write(adoptions.map { $0.line + "\n" }.joined(), to: holdingsPath)
  }

  private func load(_ adoption: Adoption) throws -> LoadedSeat {
    guard store != nil else { throw unusable ?? StateError.missing("a state directory") }
    try store?.verify(.plan, adoption.plan)
    try store?.verify(.manifest, adoption.manifest)
    guard let store else { throw StateError.missing("a state directory") }
    guard let planBytes = try StateDirectory.read(store.path(.plan, adoption.plan), limit: PlanLimits.fileBytes) else {
      throw StateError.missing("plan \(adoption.plan)")
    }
    guard let manifest = try StateDirectory.read(store.path(.manifest, adoption.manifest), limit: 60_000) else {
      throw StateError.missing("manifest \(adoption.manifest)")
    }
    guard store.holds(.shard, adoption.shard) else { throw StateError.missing("shard \(adoption.shard)") }
    let plan = try Plan(decoding: planBytes)
    let program = try program(adoption, plan)
    return LoadedSeat(
      adoption: adoption, plan: plan, facts: PlanFacts(plan, digest: adoption.plan), program: program,
      manifest: manifest)
  }

  /// A shard's program. Its weights are packed once, into a file from which they are mapped at later starts; the shard's
  /// own are then not even read.
  private func program(_ adoption: Adoption, _ plan: Plan) throws -> SeatProgram {
    guard var files = store else { throw StateError.missing("a state directory") }
    defer { store = files }
    let weights = WeightStore(path: files.packedPath(adoption.shard), key: "\(adoption.shard)")
    let wasFound = weights.isFound
    if !wasFound { try files.verify(.shard, adoption.shard) }
    func load(_ weights: WeightStore?) throws -> SeatProgram {
      let shard = try Shard.open(files.path(.shard, adoption.shard))
      guard shard.seat == adoption.seat, shard.planDigest == adoption.plan.description else {
        throw StateError.missing("a shard for seat \(adoption.seat) of this plan")
      }
      return try SeatProgram(shard: shard, plan: plan, weightsIn: weights)
    }
    do {
      let program = try load(weights)
      weights.finish()
      if weights.isFound == wasFound { return program }
    } catch {
      guard wasFound else { throw error }
    }
    // Either the packed weights are not the shard's, or the shard is not what it was.
    unlink(files.packedPath(adoption.shard))
    try files.verify(.shard, adoption.shard)
    return try load(nil)
  }
}

/// A seat whose shard is packed.
struct LoadedSeat: Sendable {
  var adoption: Adoption
  var plan: Plan
  var facts: PlanFacts
  var program: SeatProgram
  var manifest: [UInt8]
}

extension Adoption {
  /// One line of the holdings file.
  var line: String { "\(plan) \(manifest) \(shard) \(generation) \(seat)" }

  init?(line: some StringProtocol) {
    let words = line.split(separator: " ")
    guard words.count == 5, let plan = PlanDigest(hexadecimal: String(words[0])),
      let manifest = PlanDigest(hexadecimal: String(words[1])),
      let shard = PlanDigest(hexadecimal: String(words[2])), let generation = UInt64(words[3]), generation < .max,
      let seat = Int(words[4]), (0..<Limits.seats).contains(seat)
    else { return nil }
    self.init(plan: plan, manifest: manifest, shard: shard, generation: generation, seat: seat)
  }
}
