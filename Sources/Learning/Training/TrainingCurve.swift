/// How a training run went, epoch by epoch.
public struct TrainingCurve: Hashable, Sendable {
  /// What an epoch ended with.
  public struct Row: Hashable, Sendable {
    /// From 1 on.
    public var epoch: Int
    /// Updates of the weights since the beginning.
    public var step: Int
    public var learningRate: Double
    /// The mean over the epoch's examples.
    public var trainLoss: Double
    /// Shares of examples whose class was found, 0...1; while training, with the weights of that moment.
    public var trainAccuracy: Double
    /// Nil where it was not measured.
    public var testAccuracy: Double?
    public var examplesPerSecond: Double
    /// Seconds of training since the beginning.
    public var seconds: Double

    public init(
      epoch: Int, step: Int, learningRate: Double, trainLoss: Double, trainAccuracy: Double, testAccuracy: Double?,
      examplesPerSecond: Double, seconds: Double
    ) {
      self.epoch = epoch
      self.step = step
      self.learningRate = learningRate
      self.trainLoss = trainLoss
      self.trainAccuracy = trainAccuracy
      self.testAccuracy = testAccuracy
      self.examplesPerSecond = examplesPerSecond
      self.seconds = seconds
    }
  }

  /// In ascending order of their epochs.
  public var rows: [Row]

  public init(rows: [Row] = []) { self.rows = rows }

  /// What was there at the end of an epoch: what a run that is taken up again there starts with.
  public func until(epoch: Int) -> TrainingCurve { TrainingCurve(rows: rows.filter { $0.epoch <= epoch }) }

  /// Replaces the file at `path` by the table. Throws `unwritable`.
  public func writeCSV(to path: String) throws(LearningError) { try FileReplacement(path: path).write(csv) }

  /// Replaces the file at `path` by the chart. Throws `unwritable`.
  public func writeSVG(to path: String, title: String) throws(LearningError) {
    try FileReplacement(path: path).write(svg(title: title))
  }
}
