extension Architecture {
  /// All architectures, but for the chains of other lengths than those here.
  public static let all: [Architecture] = [
    lenet, smallCNN, compact, resNet(depth: 20), resNet(depth: 32), resNet(depth: 110),
  ]

  /// The architecture of that name. Throws `unknownArchitecture` with the names that there are.
  public static func named(_ name: String) throws(LearningError) -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .unknownArchitecture(name: name, known: all.map(\.name))
    }
    return found
  }
}
