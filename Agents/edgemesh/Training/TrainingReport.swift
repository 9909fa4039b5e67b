import Glibc
import Learning

/// What a training run tells the person and the script that started it.
final class TrainingReport {
  private let trainer: Trainer
  private let console: Console
  private let asJSON: Bool
  /// Whether a person watches, so that a line may be drawn over and over.
  private let isLive = isatty(STDERR_FILENO) == 1
  private var shown = ContinuousClock.now
  private let firstStep: Int
  private let firstSeconds: Double
  private var testSeconds = 0.0
  private var began = ContinuousClock.now

  init(_ trainer: Trainer, _ console: Console, asJSON: Bool) {
    self.trainer = trainer
    self.console = console
    self.asJSON = asJSON
    (firstStep, firstSeconds) = (trainer.state.step, trainer.state.seconds)
  }

  /// Every second for a person, every half minute for a log.
  func step() {
    let now = ContinuousClock.now
    guard now - shown > (isLive ? .seconds(1) : .seconds(30)) else { return }
    shown = now
    let state = trainer.state
    let seen = Double(max(state.seen, 1))
    // By this run's own pace, testing and saving included.
    let elapsed = (now - began) / .seconds(1)
    let left = elapsed / Double(max(state.step - firstStep, 1)) * Double(trainer.stepCount - state.step)
    let line =
      "epoch \(state.curve.rows.count + 1)/\(trainer.recipe.epochs), step \(state.seen / trainer.recipe.batchSize)/"
      + "\(trainer.stepsPerEpoch): loss \(Quantity.fixed(state.lossSum / seen, decimals: 4)), "
      + "\(Quantity.fixed(100 * Double(state.right) / seen, decimals: 2)) %, "
      + "\(Quantity.fixed(seen / max(state.epochSeconds, 1e-9), decimals: 0)) examples/s, \(Self.duration(left)) left"
    if isLive { try? console.errors.write("\r\u{1B}[K" + line) } else { console.note(line) }
  }

  /// A line about something else.
  func note(_ line: String) { console.note((isLive ? "\r\u{1B}[K" : "") + line) }

  func epoch(_ row: TrainingCurve.Row) throws {
    if isLive { try? console.errors.write("\r\u{1B}[K") }
    shown = .now
    if asJSON {
      try console.print([
        "epoch": .integer(Int64(row.epoch)), "train_loss": .number(row.trainLoss, decimals: 6),
        "train_accuracy": .number(row.trainAccuracy, decimals: 5),
        "test_accuracy": .number(row.testAccuracy ?? .nan, decimals: 5),
        "examples_per_second": .number(row.examplesPerSecond, decimals: 1),
        "seconds": .number(row.seconds, decimals: 1),
      ])
      return
    }
    try console.print(
      "epoch \(row.epoch)/\(trainer.recipe.epochs): loss \(Quantity.fixed(row.trainLoss, decimals: 4)), "
        + "train \(Quantity.fixed(100 * row.trainAccuracy, decimals: 2)) %, "
        + "test \(Quantity.fixed(100 * (row.testAccuracy ?? 0), decimals: 2)) %, "
        + "\(Quantity.fixed(row.examplesPerSecond, decimals: 0)) examples/s, \(Self.duration(row.seconds))")
  }

  func result(_ file: String) throws {
    let accuracy = trainer.state.curve.rows.last?.testAccuracy ?? 0
    if asJSON {
      try console.print(["result": .string(file), "test_accuracy": .number(accuracy, decimals: 5)])
    } else {
      try console.print("\(file): \(Quantity.fixed(100 * accuracy, decimals: 2)) % of the test samples")
    }
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e9)).rounded())
    let rest = whole % 60 < 10 ? "0\(whole % 60)" : "\(whole % 60)"
    return whole < 3600
      ? "\(whole / 60):\(rest)" : "\(whole / 3600) h \(whole / 60 % 60) min"
  }
}
