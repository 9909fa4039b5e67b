import Mesh
import Plans
import Tensors

extension ByteWriter {
  mutating func write(_ claims: [HoldingClaim]) { write(counted: HoldingClaim.encode(claims)) }

  mutating func write(_ status: AgentStatus) {
    for text in [status.id, status.name, status.address] { write(text) }
    write(status.incarnation)
    let numbers = [
      status.uptimeMilliseconds, status.residentBytes, status.memoryBytes, status.requestsAdmitted,
      status.requestsRunning, status.attemptsServed, status.framesDropped,
    ]
    for number in numbers + status.outcomes { write(UInt64(clamping: number)) }
    write(status.memory)
    write(UInt8(clamping: status.plans.count))
    for plan in status.plans {
      write(raw: plan.plan.bytes)
      write(plan.generation)
      write(UInt8(clamping: plan.seat))
      write(plan.network)
      write(UInt64(clamping: plan.residentBytes))
      switch plan.state {
      case .loading: write(UInt8(0))
      case .ready: write(UInt8(1))
      case .failed(let reason):
        write(UInt8(2))
        write(reason, limit: ByteReader.planReasonLimit)
      }
    }
    write(UInt16(clamping: status.members.count))
    for member in status.members {
      for text in [member.id, member.name, member.address, member.state] { write(text) }
      write(member.incarnation)
      write(member.claims)
    }
  }

  mutating func write(_ network: DeployedNetwork) {
    write(raw: network.plan.bytes)
    write(network.generation)
    write(network.network.name)
    write(network.network.digest)
    for values in [network.inputs, network.outputs] {
      write(UInt8(clamping: values.count))
      for value in values {
        write(value.name)
        write(UInt8(clamping: value.shape.rank))
        for dimension in value.shape.dimensions { write(UInt32(clamping: dimension)) }
      }
    }
    write(UInt8(clamping: network.seatCount))
    write(counted: network.manifest)
  }
}

extension ByteReader {
  static let planReasonLimit = 4_096

  /// Whoever deploys next counts one further.
  mutating func readGeneration() throws(DecodeError) -> UInt64 {
    let generation = try read(UInt64.self)
    guard generation < .max else { throw .outOfBounds("generation") }
    return generation
  }

  mutating func readNumber() throws(DecodeError) -> Int { Int(clamping: try read(UInt64.self)) }

  mutating func readClaims() throws(DecodeError) -> [HoldingClaim] {
    HoldingClaim.decode(try readCounted(limit: 1_024, "claims"))
  }

  mutating func readStatus() throws(DecodeError) -> AgentStatus {
    let id = try readText(limit: 64, "id")
    let name = try readText(limit: 255, "name")
    let address = try readText(limit: 255, "address")
    let incarnation = try read(UInt64.self)
    var numbers: [Int] = []
    for _ in 0..<7 { numbers.append(try readNumber()) }
    var outcomes: [Int] = []
    for _ in Outcome.Kind.allCases { outcomes.append(try readNumber()) }
    let memory = try readMemoryStatus()
    var plans: [AgentStatus.PlanStatus] = []
    for _ in 0..<(try readCount(UInt8.self, limit: 64, "plans")) { plans.append(try readPlanStatus()) }
    var members: [AgentStatus.MemberStatus] = []
    for _ in 0..<(try readCount(UInt16.self, limit: 1_024, "members")) {
      let id = try readText(limit: 64, "id")
      let name = try readText(limit: 255, "name")
      let address = try readText(limit: 255, "address")
      let state = try readText(limit: 16, "state")
      let incarnation = try read(UInt64.self)
      members.append(
        .init(
          id: id, name: name, address: address, state: state, incarnation: incarnation, claims: try readClaims()))
    }
    return AgentStatus(
      id: id, name: name, address: address, incarnation: incarnation, uptimeMilliseconds: numbers[0],
      residentBytes: numbers[1], memoryBytes: numbers[2], plans: plans, members: members,
      requestsAdmitted: numbers[3], requestsRunning: numbers[4], outcomes: outcomes, attemptsServed: numbers[5],
      framesDropped: numbers[6], memory: memory)
  }

  mutating func readPlanStatus() throws(DecodeError) -> AgentStatus.PlanStatus {
    let plan = try readDigest()
    let generation = try readGeneration()
    let seat = try readSeat()
    let network = try readText(limit: 1_024, "network")
    let residentBytes = try readNumber()
    let state: AgentStatus.PlanStatus.State
    switch try read(UInt8.self) {
    case 0: state = .loading
    case 1: state = .ready
    case 2: state = .failed(try readText(limit: Self.planReasonLimit, "reason"))
    default: throw .outOfBounds("plan state")
    }
    return .init(
      plan: plan, generation: generation, seat: seat, network: network, residentBytes: residentBytes, state: state)
  }

  mutating func readDeployedNetwork() throws(DecodeError) -> DeployedNetwork {
    let plan = try readDigest()
    let generation = try readGeneration()
    let name = try readText(limit: 1_024, "network")
    let digest = try readText(limit: 128, "digest")
    let inputs = try readValues()
    let outputs = try readValues()
    let seats = try readCount(UInt8.self, limit: Limits.seats, "seats")
    return DeployedNetwork(
      plan: plan, generation: generation, network: NetworkReference(name: name, digest: digest), inputs: inputs,
      outputs: outputs, seatCount: seats, manifest: try readCounted(limit: 65_535, "manifest"))
  }

  private mutating func readValues() throws(DecodeError) -> [PlanValue] {
    var values: [PlanValue] = []
    for _ in 0..<(try readCount(UInt8.self, limit: Limits.namedValues, "values")) {
      let name = try readText(limit: 1_024, "value name")
      var dimensions: [Int] = []
      for _ in 0..<(try readCount(UInt8.self, limit: 8, "rank")) { dimensions.append(Int(try read(UInt32.self))) }
      let shape = Shape(dimensions)
      guard shape.checkedElementCount(limit: Limits.tensorBytes / 4) != nil else { throw .outOfBounds("shape") }
      values.append(PlanValue(name: name, shape: shape))
    }
    return values
  }
}
