extension TrainingCurve {
  private static let columns =
    "epoch,step,learning_rate,train_loss,train_accuracy,test_accuracy,examples_per_second,seconds"

  /// Rows that a table may have.
  private static let maximumRows = 1_000_000

  /// The table as text, a line of names first. Numbers are exact.
  public var csv: String {
    var lines = [Self.columns]
    for row in rows {
      let cells = [
        "\(row.epoch)", "\(row.step)", "\(row.learningRate)", "\(row.trainLoss)", "\(row.trainAccuracy)",
        row.testAccuracy.map { "\($0)" } ?? "", "\(row.examplesPerSecond)", "\(row.seconds)",
      ]
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads such a table. Throws `unusableCheckpoint` with the line that is wrong.
  ///
  /// - Parameter path: where it comes from, for the error.
  public init(csv: String, from path: String) throws(LearningError) {
    func failure(_ line: Int, _ reason: String) -> LearningError {
      .unusableCheckpoint(path: path, reason: "line \(line) \(reason)")
    }
    let lines = csv.split(separator: "\n", maxSplits: Self.maximumRows + 2, omittingEmptySubsequences: false)
    guard lines.first.map(String.init) == Self.columns else { throw failure(1, "is not '\(Self.columns)'") }
    guard lines.last == "" else { throw failure(lines.count, "is not complete") }
    rows = []
    for (number, line) in zip(2..., lines.dropFirst().dropLast()) {
      guard rows.count < Self.maximumRows else { throw failure(number, "is more than \(Self.maximumRows) epochs") }
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells.count == 8 else { throw failure(number, "has \(cells.count) columns, not 8") }
      let numbers = try cells.enumerated().dropFirst(2).map { (column, cell) throws(LearningError) -> Double? in
        if cell.isEmpty, column == 5 { return nil }
        guard let number = Double(cell), number.isFinite else {
          throw failure(number, "has '\(cell.prefix(40))' in column \(column + 1)")
        }
        return number
      }
      guard let epoch = Int(cells[0]), let step = Int(cells[1]), epoch > rows.last?.epoch ?? 0, step >= 0 else {
        throw failure(number, "has no epoch after the one before")
      }
      rows.append(
        Row(
          epoch: epoch, step: step, learningRate: numbers[0] ?? 0, trainLoss: numbers[1] ?? 0,
          trainAccuracy: numbers[2] ?? 0, testAccuracy: numbers[3], examplesPerSecond: numbers[4] ?? 0,
          seconds: numbers[5] ?? 0))
    }
  }
}
