import Mesh
import Plans

/// What came of one phase's requests.
struct DemoTally {
  /// Of so many answers, how many name the right class.
  struct Accuracy {
    private(set) var right = 0
    private(set) var count = 0

    mutating func add(isRight: Bool) {
      right += isRight ? 1 : 0
      count += 1
    }

    static func + (first: Accuracy, second: Accuracy) -> Accuracy {
      Accuracy(right: first.right + second.right, count: first.count + second.count)
    }

    /// In percent; a dash where there is none.
    var words: String { count > 0 ? "\(Quantity.fixed(100 * Double(right) / Double(count), decimals: 1)) %" : "-" }
  }

  private(set) var outcomes: [Outcome.Kind: Int] = [:]
  private(set) var latencies: [Int] = []
  /// Answers with outputs that equal the whole network's, and that have its best class.
  private(set) var equal = 0
  private(set) var sameClass = 0
  private(set) var submissions = 0
  private(set) var replicaShare = 0.0
  private(set) var zeroShare = 0.0
  /// Of answers to pictures whose class is known, by the outcome's kind.
  private(set) var accuracy: [Outcome.Kind: Accuracy] = [:]
  /// That of one machine alone, on the same pictures.
  private(set) var accuracyAlone = Accuracy()

  var requests: Int { outcomes.values.reduce(0, +) }
  var answered: Int { outcomes.reduce(0) { $1.key.hasOutputs ? $0 + $1.value : $0 } }
  var wholeAccuracy: Accuracy { accuracy.values.reduce(Accuracy(), +) }

  mutating func add(
    _ outcome: Outcome, to picture: DemoPictures.Picture, output: [Float], latencyMicroseconds: Int, submissions: Int
  ) {
    outcomes[outcome.kind, default: 0] += 1
    self.submissions += submissions
    guard outcome.kind.hasOutputs else { return }
    latencies.append(latencyMicroseconds)
    let best = AnswerLine.best(output, 1).first
    if picture.equals(output) { equal += 1 }
    if best == picture.bestClass { sameClass += 1 }
    replicaShare += outcome.share(of: .replica)
    zeroShare += outcome.share(of: .zero)
    guard let label = picture.label else { return }
    accuracy[outcome.kind, default: Accuracy()].add(isRight: best == label)
    accuracyAlone.add(isRight: picture.bestClass == label)
  }

  /// Such as "complete 2 (accuracy 100.0 %), degraded 98 (accuracy 71.4 %)".
  var words: String {
    let parts = Outcome.Kind.allCases.compactMap { kind in
      outcomes[kind].map { count in
        "\(kind.rawValue) \(count)" + (accuracy[kind].map { " (accuracy \($0.words))" } ?? "")
      }
    }
    return parts.isEmpty ? "no answer yet" : parts.joined(separator: ", ")
  }
}
