import Glibc
import Networks

/// A plan with its file's bytes and the digest that it goes by.
public struct PlanFile: Sendable {
  public let plan: Plan
  public let bytes: [UInt8]
  /// SHA-256 of the bytes, in hexadecimal.
  public let digest: String

  /// The file of a plan. Throws where the plan is not one.
  public init(_ plan: Plan) throws(PlanError) {
    try plan.validate()
    self.plan = plan
    bytes = plan.encoded()
    digest = sha256Hex(bytes)
  }

  /// Reads a file's bytes, which may come from anywhere.
  public init(bytes: [UInt8]) throws(PlanError) {
    plan = try Plan(decoding: bytes)
    self.bytes = bytes
    digest = sha256Hex(bytes)
  }

  public static func load(_ path: String) throws(PlanError) -> PlanFile {
    let source: ShardFile
    let bytes: [UInt8]
    do throws(ShardError) {
      source = try ShardFile(path: path)
      // One byte more than may be: a file over the limit is refused as such, without reading all of it.
      bytes = try ShardSource.file(source).bytes(at: 0, count: min(source.byteCount, PlanLimits.fileBytes + 1))
    } catch {
      if case .unreadable(_, let reason) = error { throw .unreadable(path: path, reason: reason) }
      throw .unreadable(path: path, reason: error.description)
    }
    return try PlanFile(bytes: bytes)
  }

  /// Writes the file: a temporary one beside it first, which then takes its name.
  public func write(to path: String) throws(PlanError) {
    do throws(ShardError) {
      try unsafe writeFile(at: path) {
        (write: (UnsafeRawBufferPointer) throws(ShardError) -> Void) throws(ShardError) in
        var failure: ShardError?
        unsafe bytes.withUnsafeBytes { piece in
          do throws(ShardError) { try unsafe write(piece) } catch { failure = error }
        }
        if let failure { throw failure }
      }
    } catch {
      if case .unwritable(_, let reason) = error { throw .unwritable(path: path, reason: reason) }
      throw .unwritable(path: path, reason: error.description)
    }
  }
}
