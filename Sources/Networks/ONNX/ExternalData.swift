import Glibc
import Tensors

/// The files beside a model in which its tensors keep their data, each mapped once, when it is first asked for.
///
/// A model is untrusted: it names files in its own folder or below it, by plain names alone (no absolute path, no `..`)
/// and never through a symbolic link; places are checked against the file's size; and all tensors together take no more
/// than twice what a file holds, so that no small file makes a large network.
final class ExternalData {
  private final class Mapping {
    let file: MappedFile
    /// Bytes that tensors may still take.
    var allowance: Int

    init(_ file: consuming MappedFile) {
      allowance = file.count.multipliedReportingOverflow(by: 2).partialValue
      self.file = file
    }
  }

  private let folder: String
  private var mappings: [String: Mapping] = [:]

  /// - Parameter path: the model's own.
  init(besideModelAt path: String) {
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  /// Calls `body` with a file's bytes and the place among them that a tensor of `byteCount` bytes keeps its data at; parts
  /// that have been read can be given back.
  func withBytes<R>(
    of place: ExternalPlace, byteCount: Int,
    _ body: (Span<UInt8>, Range<Int>, (Range<Int>) -> Void) throws(NetworkError) -> R
  ) throws(NetworkError) -> R {
    let mapping = try mapping(of: place)
    let range = try place.range(of: byteCount, in: mapping.file.count)
    guard byteCount <= mapping.allowance else {
      throw place.invalid("its tensors take more than twice what '\(place.location)' holds")
    }
    mapping.allowance -= byteCount
    return try unsafe mapping.file.withBytes { (bytes) throws(NetworkError) in
      let elements = unsafe bytes.assumingMemoryBound(to: UInt8.self)
      return try unsafe body(Span(_unsafeElements: elements), range) { mapping.file.release($0) }
    }
  }

  private func mapping(of place: ExternalPlace) throws(NetworkError) -> Mapping {
    if let known = mappings[place.location] { return known }
    var names = try place.names
    let last = names.removeLast()
    let path = folder + "/" + place.location
    var directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw MappedFile.unreadable(path, errno) }
    defer { close(directory) }
    for name in names {
      let next = unsafe openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard next >= 0 else { throw Self.failure(path, errno) }
      close(directory)
      directory = next
    }
    let descriptor = unsafe openat(directory, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    let mapping = Mapping(try MappedFile(descriptor: descriptor, path: path))
    mappings[place.location] = mapping
    return mapping
  }

  private static func failure(_ path: String, _ code: Int32) -> NetworkError {
    guard code == ELOOP || code == ENOTDIR else { return MappedFile.unreadable(path, code) }
    return .unreadable(path: path, reason: "a symbolic link is not followed; put the file itself beside the model")
  }

  /// The digest of a model's bytes and, after them, those of the files that were asked for, in the order of their
  /// names: of a model that is one file, that file's.
  func digest(model: borrowing MappedFile) -> String {
    var stream = DigestStream()
    model.update(&stream)
    for (_, mapping) in mappings.sorted(by: { $0.key < $1.key }) { mapping.file.update(&stream) }
    return stream.hex()
  }
}

/// Where a tensor keeps its data: the entries of ONNX's `external_data`.
struct ExternalPlace: Sendable {
  let tensor: String
  private let entries: [String: String]

  init(tensor: String, entries: [String: String]) {
    self.tensor = tensor
    self.entries = entries
  }

  var location: String { entries["location"] ?? "" }

  func invalid(_ reason: String) -> NetworkError {
    .malformedFile("tensor '\(tensor)' keeps its data elsewhere: \(reason)")
  }

  /// The names from the model's folder to the file; at least one.
  var names: [String] {
    get throws(NetworkError) {
      let names = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard !location.isEmpty, names.allSatisfy({ !$0.isEmpty && $0 != ".." && !$0.utf8.contains(0) }),
        names.last != ".", location.utf8.count <= 4096
      else {
        throw invalid(
          "'\(location.prefix(80))' is no name of a file in the model's own folder; save the model and its data together"
        )
      }
      return names.filter { $0 != "." }
    }
  }

  /// The bytes of a tensor of `byteCount`, which lie within the file's.
  func range(of byteCount: Int, in fileBytes: Int) throws(NetworkError) -> Range<Int> {
    let offset = try number("offset") ?? 0
    let length = try number("length") ?? byteCount
    guard length == byteCount else { throw invalid("its length is \(length) bytes, its shape needs \(byteCount)") }
    guard offset <= fileBytes, length <= fileBytes - offset else {
      throw invalid(
        "\(length) bytes at \(offset) reach beyond the \(fileBytes) of '\(location)'; is the file whole, and this model's?"
      )
    }
    return offset..<offset + length
  }

  private func number(_ key: String) throws(NetworkError) -> Int? {
    guard let text = entries[key] else { return nil }
    guard let number = Int(text), number >= 0 else { throw invalid("its \(key) is '\(text.prefix(40))'") }
    return number
  }
}
