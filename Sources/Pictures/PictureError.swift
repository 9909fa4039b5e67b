/// What can be wrong with a picture, a tensor file or the way from one to the other: one line that names the file and
/// the remedy.
public enum PictureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file is not there or cannot be read.
  case unreadable(name: String, reason: String)
  /// The file's first bytes are of no kind that we know.
  case unknownKind(name: String)
  /// The file's content contradicts its format.
  case malformed(name: String, kind: String, reason: String)
  /// The file is sound but exceeds a limit of ours.
  case tooLarge(name: String, reason: String)
  /// The picture or tensor does not fit what the network takes.
  case misfit(name: String, reason: String)
  /// A preprocessing that does not exist or contradicts itself.
  case wrongPreprocessing(name: String, reason: String)
  /// A file could not be written.
  case unwritable(name: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let name, let reason): "cannot read \(name): \(reason)"
    case .unknownKind(let name): "\(name) is no JPEG, PNG, PPM, PGM or NPY file"
    case .malformed(let name, let kind, let reason): "\(name) is a broken \(kind) file: \(reason)"
    case .tooLarge(let name, let reason): "\(name) is too large: \(reason)"
    case .misfit(let name, let reason): "\(name) does not fit: \(reason)"
    case .wrongPreprocessing(let name, let reason): "preprocessing \(name): \(reason)"
    case .unwritable(let name, let reason): "cannot write \(name): \(reason)"
    }
  }
}
