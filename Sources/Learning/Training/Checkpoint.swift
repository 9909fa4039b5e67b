import FoundationEssentials
import Networks
import Tensors

/// A training run between two steps, as a file keeps it.
struct Checkpoint {
  /// What a run is: network, data, recipe and seed. A checkpoint of another one is refused.
  let run: String

  init(_ trainer: Trainer) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let recipe = String(decoding: try encoder.encode(trainer.recipe), as: UTF8.self)
    run =
      "\(trainer.network.name) of \(trainer.run.layout.count) weights on \(trainer.data.train.count) samples of "
      + "\(trainer.data.train.name), seed \(trainer.seed), \(recipe)"
  }

  func write(_ trainer: Trainer, to path: String) throws(LearningError) {
    let state = trainer.state
    let momenta = trainer.run.momenta
    var tensors = [
      (name: "parameters", values: trainer.run.parameters), (name: "statistics", values: trainer.run.statistics),
      (name: "first", values: momenta.first),
    ]
    if trainer.recipe.optimizer == .adamW { tensors.append((name: "second", values: momenta.second)) }
    if trainer.recipe.averageShare > 0 { tensors.append((name: "average", values: trainer.run.average)) }
    try CheckpointFile(
      header: [
        "run": run, "step": "\(state.step)", "loss_sum": "\(state.lossSum)", "right": "\(state.right)",
        "seen": "\(state.seen)", "seconds": "\(state.seconds)", "epoch_seconds": "\(state.epochSeconds)",
        "curve": state.curve.csv,
      ], tensors: tensors
    ).write(to: path)
  }

  /// Brings a trainer to where the file's run was.
  func read(_ trainer: Trainer, from path: String) throws(LearningError) {
    let file = try CheckpointFile(reading: path)
    func failure(_ reason: String) -> LearningError { .unusableCheckpoint(path: path, reason: reason) }
    guard file.header["run"] == run else {
      throw failure("it is of another run (\(file.header["run"]?.prefix(400) ?? "without a name")); this one is \(run)")
    }
    func number<T: LosslessStringConvertible>(_ name: String) throws(LearningError) -> T {
      guard let text = file.header[name], let number = T(text) else { throw failure("its \(name) is no number") }
      return number
    }
    var state = Trainer.State()
    state.step = try number("step")
    state.lossSum = try number("loss_sum")
    state.right = try number("right")
    state.seen = try number("seen")
    state.seconds = try number("seconds")
    state.epochSeconds = try number("epoch_seconds")
    state.curve = try TrainingCurve(csv: file.header["curve"] ?? "", from: path)
    func numbers(_ name: String, _ count: Int) throws(LearningError) -> [Float] {
      guard let values = file[name], values.count == count else {
        throw failure("its \(name) are not \(count) numbers")
      }
      return values
    }
    let layout = trainer.run.layout
    let steps = trainer.stepsPerEpoch
    guard state.step >= 0, state.step <= trainer.stepCount, state.curve.rows.count <= trainer.recipe.epochs,
      (0...steps).contains(state.step - state.curve.rows.count * steps)
    else { throw failure("its step \(state.step) does not fit \(state.curve.rows.count) epochs of \(steps) steps") }
    let parameters = try numbers("parameters", layout.count)
    let statistics = try numbers("statistics", layout.statisticsCount)
    let first = try numbers("first", layout.count)
    let second = trainer.recipe.optimizer == .adamW ? try numbers("second", layout.count) : nil
    let average = trainer.recipe.averageShare > 0 ? try numbers("average", layout.count) : nil
    trainer.run.parameters = parameters
    trainer.run.statistics = statistics
    trainer.run.momenta = (first, second ?? [Float](repeating: 0, count: layout.count))
    if let average { trainer.run.average = average }
    trainer.resume(at: state)
  }
}
