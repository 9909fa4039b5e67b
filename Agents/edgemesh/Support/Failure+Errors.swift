import Networks
import Pictures

extension Failure {
  /// What `error` means for the person and the script that started the command.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as NetworkError:
      if case .unreadable = error {
        self.init(.missingInput, error.description)
      } else {
        self.init(.badData, error.description)
      }
    case let error as PictureError:
      switch error {
      case .unreadable: self.init(.missingInput, error.description)
      case .unwritable: self.init(.cannotCreate, error.description)
      case .wrongPreprocessing: self.init(.usage, error.description)
      case .unknownKind, .malformed, .tooLarge, .misfit: self.init(.badData, error.description)
      }
    default: self.init(.failure, "\(error)")
    }
  }
}
