import Execution
import Learning
import Networks
import Pictures
import Planning
import Plans
import Runtime

extension Failure {
  /// What `error` means for the person and the script that started the command.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as NetworkError: self.init(Self.status(of: error), error.description)
    case let error as PictureError: self.init(Self.status(of: error), error.description)
    case let error as PlanError: self.init(Self.status(of: error), error.description)
    case let error as PlanningError: self.init(Self.status(of: error), error.description)
    case let error as LearningError: self.init(Self.status(of: error), error.description)
    case let error as ShardError: self.init(.badData, error.description)
    case let error as ExecutionError: self.init(.badData, error.description)
    case let error as AdminError: self.init(.unavailable, error.description)
    case let error as EndpointError: self.init(.unavailable, error.description)
    default: self.init(.failure, "\(error)")
    }
  }

  private static func status(of error: NetworkError) -> ExitCode {
    if case .unreadable = error { .missingInput } else { .badData }
  }

  private static func status(of error: LearningError) -> ExitCode {
    switch error {
    case .unreadableData, .mismatch, .untrainable, .diverged, .unusableCheckpoint: .badData
    case .unwritable: .cannotCreate
    case .unknownArchitecture: .usage
    }
  }

  private static func status(of error: PictureError) -> ExitCode {
    switch error {
    case .unreadable: .missingInput
    case .unwritable: .cannotCreate
    case .wrongPreprocessing: .usage
    case .unknownKind, .malformed, .tooLarge, .misfit: .badData
    }
  }

  private static func status(of error: PlanError) -> ExitCode {
    switch error {
    case .unreadable: .missingInput
    case .unwritable: .cannotCreate
    case .unsupportedVersion, .invalid, .mismatch: .badData
    }
  }

  private static func status(of error: PlanningError) -> ExitCode {
    switch error {
    case .seatCount, .replicateShare, .unknownStrategy: .usage
    case .notFinite, .nothingToShare, .memory, .plan: .badData
    }
  }
}
