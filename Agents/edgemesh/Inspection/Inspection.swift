import Networks
import Planning
import Plans
import Tensors

/// All figures of a network that `edgemesh inspect` shows.
struct Inspection {
  /// What a plain split of the network over some boards comes to.
  struct Mesh {
    var seats: [SeatSummary]
    var stages: [StageFigures]
    var tail: StageFigures

    /// Multiply-accumulates of each seat for one request, the tail not counted.
    var seatMultiplyAccumulates: [Int] {
      seats.indices.map { seat in stages.reduce(0) { Inspection.sum($0, $1.shares[seat].multiplyAccumulates) } }
    }
  }

  let file: String
  let survey: NetworkSurvey
  let seatCount: Int
  /// How weights are stored.
  let weightType: WeightType
  /// The survey's, and those that came to light afterwards.
  private(set) var problems: [NetworkProblem]
  /// One a node of the simplified network; nil where there are problems.
  private(set) var layers: [NodeProfile]?
  /// Nil where there are problems, or nothing is worth sharing.
  private(set) var mesh: Mesh?
  /// Why there is no `mesh`, where nothing is wrong with the network.
  private(set) var meshObstacle: String?
  /// Bytes of packed weights, and of values at most, on one board; nil where there are problems.
  private(set) var weightBytes: Int?
  private(set) var activationPeakBytes: Int?

  /// Give the survey away, and the weights are held once, except while they are packed.
  init(of survey: consuming NetworkSurvey, file: String, seats: Int, weights type: WeightType) {
    self.file = file
    seatCount = seats
    weightType = type
    problems = survey.problems
    let network = survey.network.take()
    self.survey = survey
    guard let network else { return }
    do throws(NetworkError) {
      layers = try network.profile()
      try divide(network)
      try measure(consume network)
    } catch {
      problems.append(NetworkProblem(error))
    }
  }

  private mutating func divide(_ network: Network) throws(NetworkError) {
    let graph = StageGraph(try AnalysedNetwork(network))
    do {
      let result = try Planner.plan(
        graph, of: NetworkReference(name: survey.name.isEmpty ? "network" : survey.name, digest: survey.digest),
        request: PlanRequest(seats: seatCount, replicateShare: 0, weightType: weightType),
        strategy: LayerOutputStrategy())
      let (stages, tail) = graph.figures(of: result.plan, profile: layers ?? [])
      mesh = Mesh(seats: result.seats, stages: stages, tail: tail)
    } catch { meshObstacle = error.description }
  }

  private mutating func measure(_ network: consuming Network) throws(NetworkError) {
    let prepared = try PreparedNetwork(network, weights: weightType)
    weightBytes = prepared.weightBytes
    activationPeakBytes = prepared.peakActivationBytes
  }
}

extension Inspection {
  /// Figures of all nodes with one operator.
  struct OperatorRow {
    var operatorType: String
    /// Nodes in the file; 0 for operators that simplification brought in.
    var inFile = 0
    /// Nodes that run; 0 for those that simplification removed.
    var run = 0
    var parameters = 0
    var multiplyAccumulates = 0
  }

  /// The costliest first; those without cost by their number.
  var operators: [OperatorRow] {
    var rows: [String: OperatorRow] = [:]
    for (type, count) in survey.operators { rows[type] = OperatorRow(operatorType: type, inFile: count) }
    for layer in layers ?? [] {
      var row = rows[layer.operatorType] ?? OperatorRow(operatorType: layer.operatorType)
      row.run += 1
      row.parameters += layer.parameters
      row.multiplyAccumulates = Self.sum(row.multiplyAccumulates, layer.multiplyAccumulates)
      rows[layer.operatorType] = row
    }
    return rows.values.sorted {
      ($1.multiplyAccumulates, $1.parameters, $1.inFile, $0.operatorType)
        < ($0.multiplyAccumulates, $0.parameters, $0.inFile, $1.operatorType)
    }
  }

  var multiplyAccumulates: Int? { layers?.reduce(0) { Self.sum($0, $1.multiplyAccumulates) } }
  var heldParameters: Int? { layers?.reduce(0) { $0 + $1.parameters } }

  /// A sum that stays at the largest number rather than overflow: a file chooses the summands.
  static func sum(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : result
  }

  /// Two for each multiply-accumulate.
  static func flops(_ multiplyAccumulates: Int) -> Int { sum(multiplyAccumulates, multiplyAccumulates) }
}
