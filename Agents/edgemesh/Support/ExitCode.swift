/// How the program ends, after `sysexits.h`, so that scripts can tell a typing error from a dead mesh.
enum ExitCode: Int32, CaseIterable, Sendable {
  case success = 0
  case failure = 1
  /// The work ended in order, but at least one request was answered `refused` or `failed`.
  case unanswered = 3
  case usage = 64
  case badData = 65
  case missingInput = 66
  case unavailable = 69
  case cannotCreate = 73
  case inputOutput = 74
  case temporary = 75
  case noPermission = 77

  /// What the status means, as the manual pages print it.
  var meaning: String {
    switch self {
    case .success: "success"
    case .failure: "a failure that no other status describes"
    case .unanswered: "at least one request ended refused or failed"
    case .usage: "the command line was wrong"
    case .badData: "a network, plan or picture is malformed or does not fit"
    case .missingInput: "a file does not exist or cannot be read"
    case .unavailable: "no agent of the mesh could be reached"
    case .cannotCreate: "an output file or directory cannot be created"
    case .inputOutput: "reading or writing failed"
    case .temporary: "the mesh cannot do this now; trying again later may help"
    case .noPermission: "it takes root's rights"
    }
  }
}

/// An error that ends a command: one line for the person at the terminal and a status for the script.
struct Failure: Error, CustomStringConvertible, Equatable {
  var status: ExitCode
  /// Names the thing and the remedy; without the program's name and without a final full stop.
  var message: String

  init(_ status: ExitCode, _ message: String) {
    self.status = status
    self.message = message
  }

  var description: String { message }
}
