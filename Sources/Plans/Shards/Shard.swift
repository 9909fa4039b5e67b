public import Networks
import Tensors

/// What one seat needs of a network to fill its place in a plan: its slices, its replicas' and the tail, with weights.
///
/// On disk and on the wire a canonical safetensors file (see `Protocol/shard-file.md`). Weights are read when they are
/// looked at, so that a seat never holds all of them twice, and need not read those that it has packed already.
public struct Shard: Sendable {
  public static let formatVersion = 1

  public let network: NetworkReference
  /// SHA-256 of the plan file's bytes, in hexadecimal.
  public let planDigest: String
  public let seat: Int
  public let stageCount: Int

  private let source: ShardSource
  private let header: SafetensorsHeader
  private let failures = ReadFailures()
  /// Of all that was read but weights: the header, and what else slices compute with.
  private let digest: ContentDigest

  /// Opens a shard file and checks its header. The file stays open while the value lives.
  public static func open(_ path: String) throws(ShardError) -> Shard {
    try Shard(source: .file(try ShardFile(path: path)))
  }

  /// A shard over a file's bytes.
  public init(bytes: [UInt8]) throws(ShardError) { try self.init(source: .memory(bytes)) }

  private init(source: ShardSource) throws(ShardError) {
    self.source = source
    let digest = ContentDigest()
    self.digest = digest
    header = try SafetensorsHeader(fileByteCount: source.byteCount) { (offset, count) throws(ShardError) in
      let bytes = try source.bytes(at: offset, count: count)
      digest.add(bytes)
      return bytes
    }
    let metadata = header.metadata
    func text(_ key: String) throws(ShardError) -> String {
      guard let value = metadata[key] else { throw .invalid(field: key, reason: "is missing") }
      return value
    }
    func number(_ key: String, in range: ClosedRange<Int>) throws(ShardError) -> Int {
      let value = try text(key)
      guard let number = Int(value), range.contains(number) else {
        throw .invalid(field: key, reason: "'\(value)' is not a number in \(range.lowerBound)...\(range.upperBound)")
      }
      return number
    }
    _ = try number(Key.formatVersion, in: Self.formatVersion...Self.formatVersion)
    network = NetworkReference(name: try text(Key.networkName), digest: try text(Key.networkDigest))
    planDigest = try text(Key.planDigest)
    seat = try number(Key.seat, in: 0...PlanLimits.seats - 1)
    stageCount = try number(Key.stageCount, in: 0...PlanLimits.stages)
    for key in metadata.keys.sorted() where !Key.isKnown(key) {
      throw .invalid(field: key, reason: "unknown field; this version does not know it")
    }
  }

  /// The network that computes a unit of a stage; nil where the seat has no rows in it.
  public func sliceNetwork(stage: Int, unit: ComputeUnit) throws(ShardError) -> Network? {
    try network(at: Key.slice(stage: stage, unit: unit))
  }

  /// The network that the gateway computes alone; nil where every output of the network is exchanged.
  public func tailNetwork() throws(ShardError) -> Network? { try network(at: Key.tail) }

  private func network(at key: String) throws(ShardError) -> Network? {
    guard let text = header.metadata[key] else { return nil }
    do {
      var reader = JSONReader(Array(text.utf8))
      var (network, constants) = try Network.reading(&reader)
      try reader.end()
      for name in constants {
        guard let entry = header.entries[name] else {
          throw ShardError.invalid(field: key, reason: "its constant '\(name)' is missing")
        }
        network.constants[name] = try source.constant(entry, dataStart: header.dataStart, deferring: failures)
      }
      // Checked as whatever comes over a wire.
      network = try Network(network.topology, weights: network.weights)
      let matrices = network.weightMatrices
      for name in constants where !matrices.contains(name) {
        guard case .float(let tensor)? = network.constants[name] else { continue }
        unsafe tensor.withUnsafeBufferPointer { unsafe digest.add(UnsafeRawBufferPointer($0)) }
      }
      return network
    } catch let error as JSONError {
      throw .invalid(field: "\(key).\(error.field)", reason: error.reason)
    } catch let error as ShardError {
      throw error
    } catch {
      throw .invalid(field: key, reason: "\(error)")
    }
  }

  /// Throws where something could not be read that was looked at since: to be called when all slices have been packed.
  public func checkReads() throws(ShardError) { try failures.check() }

  /// What tells a shard that is as it was from one that has rotted, without its weights: of the header, and of the other
  /// numbers in the networks that were asked for so far.
  public var contentDigest: String { digest.hex }

  /// Bytes of all tensors.
  var tensorByteCount: Int { source.byteCount - header.dataStart }

  /// The metadata's fields.
  enum Key {
    static let formatVersion = "edgemesh.formatVersion"
    static let networkName = "edgemesh.network.name"
    static let networkDigest = "edgemesh.network.digest"
    static let planDigest = "edgemesh.plan.digest"
    static let seat = "edgemesh.seat"
    static let stageCount = "edgemesh.stages"
    static let tail = "edgemesh.tail"
    static let slicePrefix = "edgemesh.slice."

    static func slice(stage: Int, unit: ComputeUnit) -> String {
      switch unit {
      case .own: "\(slicePrefix)\(stage).own"
      case .replica(let owner): "\(slicePrefix)\(stage).replica.\(owner)"
      }
    }

    static func isKnown(_ key: String) -> Bool {
      [formatVersion, networkName, networkDigest, planDigest, seat, stageCount, tail].contains(key)
        || key.hasPrefix(slicePrefix)
    }
  }
}
