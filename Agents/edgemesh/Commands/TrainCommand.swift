import Learning
import Networks
import Synchronization
import Tensors

/// `edgemesh train`: a network from scratch, or one that there is, on a data set.
enum TrainCommand: Command {
  private static let network = Operand.one(
    "ARCH|NETWORK", "the name of an architecture, for a new network, or an ONNX file, whose weights are trained further"
  )
  private static let data = Option.required(
    "data", ValueReader<String>.file.named("DATA"), "Trains on this data set: a folder, or \"procedural\"")
  private static let recipe = Option.defaulting(
    "recipe", .choice(["plain"], placeholder: "RECIPE"), to: "plain", shown: "plain", "Trains in this way")
  private static let out = Option.optional(
    "out", ValueReader<String>.file, "Writes the network to this file (the architecture's name and .onnx)")
  private static let epochs = Option.optional(
    "epochs", .integer(in: 1...100_000), "Goes through the data so often (30)")
  private static let batch = Option.optional("batch", .integer(in: 1...65_536), "Takes so many samples a step (128)")
  private static let optimizer = Option.optional(
    "optimizer", .choice(Recipe.Optimizer.allCases.map(\.rawValue)),
    "Updates weights by SGD with Nesterov's momentum, or AdamW (adamw for vit, lstm, gru, convnext; else sgd)")
  private static let rate = Option.optional(
    "rate", .number(in: 1e-9...100), "The highest learning rate (0.1 for sgd, 0.001 for adamw)")
  private static let schedule = Option.optional(
    "schedule", .choice(Schedule.allCases.map(\.rawValue)), "How the rate changes over the run (one-cycle)")
  private static let decay = Option.optional(
    "decay", .number(in: 0...0.99), "Weight decay; biases and normalisations have none (0.0005, of adamw 0.05)")
  private static let smoothing = Option.optional(
    "smoothing", .number(in: 0...0.99), "Spreads so much of each target over all classes (0)")
  private static let shift = Option.optional(
    "shift", .integer(in: 0...64), "Shifts each picture by up to so many pixels, at random (0)")
  private static let flip = Option.flag("flip", "Mirrors half of the pictures")
  private static let cutout = Option.optional(
    "cutout", .integer(in: 0...256), "Blackens a square of so many pixels in each picture (0)")
  private static let mixup = Option.optional(
    "mixup", .number(in: 0...10), "Blends pairs of pictures, by the Beta distribution of this parameter (0)")
  private static let average = Option.optional(
    "average", .number(in: 0...0.99999),
    "Gives an average of the weights of many steps, of which so much stays each step")
  private static let pictures = Option.optional(
    "pictures", .integer(in: 1...10_000_000),
    "Of the procedural data set so many pictures are drawn to train on (50000)")
  private static let side = Option.optional(
    "side", .integer(in: 1...4096), "Brings the pictures of class folders to so many pixels a side")
  private static let seed = Option.defaulting(
    "seed", .integer(in: 0...Int.max), to: 1, shown: "1",
    "Decides all that is random: weights, order, variations. The same seed gives the same network")
  private static let memory = Option.optional(
    "memory", ValueReader<Int>.bytes,
    "Takes so much for weights, activations and gradients at most (what is free): what does not fit is computed twice")
  private static let resume = Option.flag("resume", "Takes up a run again that was stopped, with the same result")
  private static let json = Option.flag("json", "Prints one JSON object an epoch, then one of the result")

  static let page = ManualPage(
    name: "train", summary: "train a network on a data set",
    operands: [network],
    options: [
      data, recipe, out, epochs, batch, optimizer, rate, schedule, decay, smoothing, shift, flip, cutout, mixup,
      average,
      pictures, side, seed, memory, ThreadsOption.option, resume, json,
    ],
    description: [
      "Trains, and after each epoch tests, until the epochs are over; then the network stands in an ONNX file that any "
        + "other tool reads. It takes pictures with numbers from 0 to 1 and gives logits. Beside it lie the curve of the "
        + "run as a table (.csv) and a chart (.svg).",
      "DATA is a folder of IDX files (MNIST, Fashion-MNIST; .gz as they are), of CIFAR-10's or CIFAR-100's binary files, "
        + "with train/CLASS/ and test/CLASS/ folders of pictures (or CLASS/ folders, of which a tenth is kept for "
        + "testing), or with train/ and test/ folders of inputs.npy and labels.npy. \"procedural\" is edgemesh's own set "
        + "of drawn shapes, which needs no file.",
      "Architectures: \(Architecture.all.map(\.name).joined(separator: ", ")).",
      "A checkpoint (.checkpoint) is written every minute, after each epoch and when the run is stopped by Ctrl-C. "
        + "The same command with --resume goes on from there, and ends with the very weights that an unbroken run ends "
        + "with, on any number of threads. A loss that is no number any more stops the run and names the step and node.",
      "The --json lines have epoch, train_loss, train_accuracy, test_accuracy, examples_per_second, seconds; the last one "
        + "result (the file) and test_accuracy.",
    ],
    examples: [
      .init(
        line: "edgemesh train compact --data procedural --epochs 20 --out shapes.onnx",
        explanation: "A network for the built-in data set, in a few minutes"),
      .init(
        line: "edgemesh train resnet20 --data cifar-10-batches-bin --shift 4 --flip --epochs 40",
        explanation: "A residual network on CIFAR-10"),
      .init(
        line: "edgemesh train shapes.onnx --data my-pictures --rate 0.01 --epochs 5 --out mine.onnx",
        explanation: "One that there is, trained further on folders of pictures"),
    ],
    exits: [
      .init(.badData, "the data set, the network or the checkpoint is damaged or does not fit, or the loss diverged"),
      .init(.missingInput), .init(.cannotCreate), .init(.temporary, "the run was stopped; --resume goes on"),
    ])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let name = arguments[network]
    let threads = ThreadsOption.value(arguments)
    let seed = UInt64(arguments[Self.seed])
    var options = DataOptions()
    options.seed = seed
    options.threads = threads
    options.pictureSide = arguments[side]
    if let count = arguments[pictures] { options.trainCount = count }
    let isFile = name.hasSuffix(".onnx") || name == ShapesNetwork.name
    let architecture = isFile ? nil : try Architecture.named(name)
    let recipe = try recipe(arguments, for: name)
    let files = TrainingFiles(
      network: arguments[out] ?? Self.defaultFile(for: name, isNew: !isFile))
    try files.check()
    if !arguments[resume], WholeFile.exists(files.checkpoint) {
      throw Failure(
        .cannotCreate,
        "\(files.checkpoint) is of a run that is not finished: --resume goes on with it; to begin anew, remove it")
    }
    let training = try DataSets.open(arguments[data], options: options)
    let untrained =
      if let architecture {
        try architecture.network(
          input: training.train.sampleShape, classes: training.train.classNames.count, seed: seed,
          normalization: InputNormalization(of: training.train, seed: seed))
      } else {
        try NetworkFile.read(name, forTraining: true)
      }
    let trainer = try Trainer(
      untrained, on: training, recipe: recipe, seed: seed, threads: threads,
      memoryLimit: arguments[memory] ?? ProcessFigures.availableBytes ?? .max)
    if arguments[resume] { try files.resume(trainer) }
    console.note(
      "\(untrained.name): \(Quantity.counted(trainer.run.layout.count)) weights, \(Quantity.counted(training.train.count)) "
        + "samples of \(training.train.name), \(training.train.classNames.count) classes; \(recipe.epochs) epochs of "
        + "\(trainer.stepsPerEpoch) steps, \(ByteSize.format(trainer.run.byteCount)), \(threads) threads")
    return try train(trainer, files, TrainingReport(trainer, console, asJSON: arguments[json]))
  }

  /// Beside a network that is trained further, not over it.
  private static func defaultFile(for name: String, isNew: Bool) -> String {
    isNew ? "\(name).onnx" : "\(name.hasSuffix(".onnx") ? String(name.dropLast(5)) : name)-trained.onnx"
  }

  private static func train(
    _ trainer: Trainer, _ files: TrainingFiles, _ report: TrainingReport
  ) throws -> ExitCode {
    let wanted = StopWish()
    try Signals.watch { _ in wanted.isWished.store(true, ordering: .relaxed) }
    let title = "\(trainer.network.name) on \(trainer.data.train.name)"
    var saved = ContinuousClock.now
    try trainer.train { event in
      if case .epoch(let row) = event {
        try report.epoch(row)
        try files.writeCurve(trainer.state.curve, title: title)
      } else {
        report.step()
      }
      let isOver = wanted.isWished.load(ordering: .relaxed)
      var isEpoch = false
      if case .epoch = event { isEpoch = true }
      if isOver || isEpoch || ContinuousClock.now - saved > .seconds(60) {
        // The checkpoint before is still there: the run need not end for a full disk.
        do { try files.save(trainer) } catch { report.note("\(error); going on without a newer checkpoint") }
        saved = .now
      }
      return !isOver
    }
    guard trainer.isFinished else {
      throw Failure(
        .temporary,
        "stopped at step \(trainer.state.step) of \(trainer.stepCount); the same command with --resume goes on")
    }
    try files.write(try trainer.trainedNetwork())
    try files.finish()
    try report.result(files.network)
    return .success
  }

  /// Set by a signal, looked at between two steps.
  private final class StopWish: Sendable {
    let isWished = Atomic(false)
  }

  private static func recipe(_ arguments: Arguments, for name: String) throws -> Recipe {
    var recipe = Recipe.plain(for: name)
    if let name = arguments[optimizer], let chosen = Recipe.Optimizer(rawValue: name), chosen != recipe.optimizer {
      recipe.optimizer = chosen
      (recipe.rate, recipe.decay) = chosen == .sgd ? (0.1, 5e-4) : (1e-3, 0.05)
    }
    if let epochs = arguments[epochs] { recipe.epochs = epochs }
    if let batch = arguments[batch] { recipe.batchSize = batch }
    if let rate = arguments[rate] { recipe.rate = Float(rate) }
    if let name = arguments[schedule], let chosen = Schedule(rawValue: name) { recipe.schedule = chosen }
    if let decay = arguments[decay] { recipe.decay = Float(decay) }
    if let smoothing = arguments[smoothing] { recipe.smoothing = Float(smoothing) }
    recipe.augmentation = Augmentation(
      padding: arguments[shift] ?? 0, flips: arguments[flip], cutout: arguments[cutout] ?? 0,
      mixup: Float(arguments[mixup] ?? 0))
    if let share = arguments[average] { recipe.averageShare = Float(share) }
    try recipe.check()
    return recipe
  }
}
