extension DataSets {
  /// Keeps the share of each class that `options` name for testing, drawn by their seed: of every class that has two
  /// samples or more at least one, and never all.
  static func split(_ whole: any DataSet, labels: [UInt16], options: DataOptions) throws(LearningError) -> TrainingData
  {
    guard options.testShare > 0, options.testShare < 1 else {
      throw .mismatch("the share of samples kept for testing must lie between 0 and 1, not at \(options.testShare)")
    }
    var members = [[Int]](repeating: [], count: whole.classNames.count)
    for (index, label) in labels.enumerated() { members[Int(label)].append(index) }
    var train: [Int] = []
    var test: [Int] = []
    for (label, indices) in members.enumerated() where !indices.isEmpty {
      var random = SeededRandom(seed: options.seed, Purpose.splitting, label)
      let order = random.permutation(indices.count).map { indices[$0] }
      let share = Int((Double(indices.count) * options.testShare).rounded())
      let kept = indices.count == 1 ? 0 : min(max(share, 1), indices.count - 1)
      test += order[..<kept]
      train += order[kept...]
    }
    guard !test.isEmpty else {
      throw .mismatch("\(whole.name) has too few samples to keep some for testing: no class has two")
    }
    return try TrainingData(
      train: DataSubset(whole, indices: train.sorted(), name: "\(whole.name) (train)"),
      test: DataSubset(whole, indices: test.sorted(), name: "\(whole.name) (test)"))
  }
}
