import Learning
import Networks
import Tensors

/// The demonstration's pictures: drawn when they are asked for, or a few of the user's again and again. With each comes
/// what one machine alone answers to it.
final class DemoPictures {
  struct Picture {
    var tensors: [Tensor]
    /// The class that it shows; nil where nobody said.
    var label: Int?
    /// The first output of the whole network.
    var reference: [Float]
    var bestClass: Int?
  }

  private enum Source {
    case drawn(ProceduralPictures)
    case kept([Picture])
  }

  private let network: Network
  private let whole: PreparedNetwork
  private let arena = Arena()
  private var source = Source.kept([])
  private var next = 0

  init(_ drawn: ProceduralPictures, for network: Network) throws {
    self.network = network
    whole = try PreparedNetwork(network)
    source = .drawn(drawn)
  }

  /// All that `stream` holds.
  init(_ stream: InputStream, for network: Network) throws {
    self.network = network
    whole = try PreparedNetwork(network)
    var stream = stream
    var pictures: [Picture] = []
    while let item = try stream.read() { pictures.append(try answered(item.tensors, label: nil)) }
    source = .kept(pictures)
  }

  /// How many there are; nil where they do not end.
  var count: Int? {
    if case .kept(let pictures) = source { pictures.count } else { nil }
  }

  /// Whether it is known what they show.
  var areLabelled: Bool { count == nil }

  func take() throws -> Picture {
    defer { next += 1 }
    switch source {
    case .drawn(let set):
      let sample = try set.sample(next)
      return try answered([Tensor(shape: set.sampleShape, elements: sample.numbers)], label: sample.label)
    case .kept(let pictures): return pictures[next % pictures.count]
    }
  }

  private func answered(_ tensors: [Tensor], label: Int?) throws -> Picture {
    let given = Dictionary(zip(network.inputs.map(\.name), tensors)) { first, _ in first }
    let outputs = try whole.run(given, in: arena)
    let reference = network.outputs.first.flatMap { outputs[$0.name] }?.elements ?? []
    return Picture(
      tensors: tensors, label: label, reference: reference, bestClass: AnswerLine.best(reference, 1).first)
  }
}

extension DemoPictures.Picture {
  /// Whether `output` is the whole network's within 1e-4 of the largest magnitude, as a mesh without losses promises.
  func equals(_ output: [Float]) -> Bool {
    guard output.count == reference.count else { return false }
    let bound = 1e-4 * reference.reduce(0) { max($0, $1.magnitude) }
    return zip(output, reference).allSatisfy { ($0 - $1).magnitude <= bound }
  }
}
