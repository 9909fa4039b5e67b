import Networks

/// The example networks by name, for tests that run over all.
enum Example: String, CaseIterable, Sendable, CustomStringConvertible {
  case squeezing, residualWithPaddedShortcut, residualWithProjection, invertedResidual, convolutionsThenDense, convNeXt
  case shuffling, sequence, small

  var description: String { rawValue }

  func network(seed: UInt64 = 1) throws -> Network {
    switch self {
    case .squeezing: try ExampleNetworks.squeezing(seed: seed)
    case .residualWithPaddedShortcut: try ExampleNetworks.residualWithPaddedShortcut(seed: seed)
    case .residualWithProjection: try ExampleNetworks.residualWithProjection(seed: seed)
    case .invertedResidual: try ExampleNetworks.invertedResidual(seed: seed)
    case .convolutionsThenDense: try ExampleNetworks.convolutionsThenDense(seed: seed)
    case .convNeXt: try ExampleNetworks.convNeXt(seed: seed)
    case .shuffling: try ExampleNetworks.shuffling(seed: seed)
    case .sequence: try ExampleNetworks.sequence(seed: seed)
    case .small: try ExampleNetworks.small(seed: seed)
    }
  }
}
