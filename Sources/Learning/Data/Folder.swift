import Glibc

/// What lies in a directory.
struct Folder {
  let path: String
  /// Names of files and folders in it, without hidden ones, ordered by their bytes.
  let names: [String]

  /// Entries that a directory may have.
  static let maximumEntries = 4_000_000

  init(_ path: String) throws(LearningError) {
    guard let stream = opendir(path) else { throw .unreadableData(path: path, reason: Self.message(errno)) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      names.append(name)
      guard names.count <= Self.maximumEntries else {
        throw .unreadableData(path: path, reason: "it holds more than \(Self.maximumEntries) files")
      }
    }
    self.path = path.hasSuffix("/") && path != "/" ? String(path.dropLast()) : path
    self.names = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Its own name.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The path of `name` in it.
  func path(_ name: String) -> String { path + "/" + name }

  /// The first of `candidates` that is there, as a path.
  func first(_ candidates: [String]) -> String? {
    candidates.first { names.contains($0) }.map { path($0) }
  }

  /// Names of the folders in it.
  var folders: [String] { names.filter { Self.isFolder(path($0)) } }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The class names that a text file lists, one a line, or nil where none of `candidates` is there.
  func classNames(_ candidates: [String]) throws(LearningError) -> [String]? {
    guard let path = first(candidates) else { return nil }
    let file = try PackedFile(path)
    try file.expect(file.size, limit: 4 << 20)
    let lines = try String(decoding: file.read(file.size), as: UTF8.self).split(whereSeparator: \.isNewline)
    let names = lines.map { line in
      String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }.filter { !$0.isEmpty }
    guard names.count <= maximumClasses, !names.isEmpty else {
      throw .unreadableData(path: path, reason: "it lists \(names.count) classes, 1 to \(maximumClasses) are taken")
    }
    return names
  }

  static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Classes that a data set may have.
let maximumClasses = 65_535
