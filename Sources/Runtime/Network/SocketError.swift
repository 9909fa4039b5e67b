import CNanomsg
import Glibc

/// What can go wrong with a socket: one line that names the address and the remedy.
public enum SocketError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another process listens on the address.
  case addressInUse(String)
  /// The address is none of this machine's.
  case addressUnavailable(String)
  /// Not an address that nanomsg can bind or connect.
  case invalidAddress(String)
  /// The system refuses the address, as for ports below 1024.
  case permissionDenied(String)
  /// No three free ports in a row were found.
  case noFreePorts(host: String, attempts: Int)
  /// The process holds as many sockets as nanomsg allows.
  case tooManySockets
  /// A message of so many bytes could not be allocated.
  case outOfMemory(byteCount: Int)
  /// Anything else: the operation and the system's error number.
  case system(operation: String, code: Int32)

  public var description: String {
    switch self {
    case .addressInUse(let address):
      "\(address) is in use by another process: stop it, or listen on another port"
    case .addressUnavailable(let address):
      "\(address) is no address of this machine: listen on one of its own, or on 0.0.0.0"
    case .invalidAddress(let address):
      "'\(address)' is not an address: give HOST:PORT or [IPV6]:PORT"
    case .permissionDenied(let address):
      "no permission to listen on \(address): choose a port above 1023"
    case .noFreePorts(let host, let attempts):
      "no three free ports in a row on \(host) after \(attempts) attempts: give a port"
    case .tooManySockets:
      "no more sockets: nanomsg holds 512 at most, or the limit of open files is reached (raise LimitNOFILE)"
    case .outOfMemory(let byteCount):
      "no memory for a message of \(byteCount) bytes"
    case .system(let operation, let code):
      "\(operation): \(String(cString: nn_strerror(code)))"
    }
  }

  /// The error that nanomsg reports for `operation`; `address` where one was given.
  static func last(_ operation: String, address: String? = nil) -> SocketError {
    let code = nn_errno()
    switch (code, address) {
    case (EADDRINUSE, let address?): return .addressInUse(address)
    case (EADDRNOTAVAIL, let address?), (ENODEV, let address?): return .addressUnavailable(address)
    case (EINVAL, let address?), (ENAMETOOLONG, let address?): return .invalidAddress(address)
    case (EACCES, let address?), (EPERM, let address?): return .permissionDenied(address)
    case (EMFILE, _), (ENFILE, _): return .tooManySockets
    default: return .system(operation: operation, code: code)
    }
  }
}
