import Glibc

/// One thing that inputs are read from.
public enum InputSource: Hashable, Sendable, CustomStringConvertible {
  /// A picture or a tensor.
  case file(String)
  /// A stream of raw frames.
  case standardInput

  public var description: String {
    switch self {
    case .file(let path): path
    case .standardInput: "-"
    }
  }
}

/// Turns what somebody typed (files, directories, `-`) into the inputs, in order.
public enum InputList {
  /// What a directory's files must end with to be taken; the case does not matter.
  public static let extensions = [".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pnm", ".npy"]

  /// Files stand as they are named, whatever their extension; a directory's files are sorted by the bytes of their names
  /// and subdirectories and hidden files are left out; `-` may be named once. Every file is checked to be there.
  public static func expand(_ names: [String]) throws(PictureError) -> [InputSource] {
    var sources: [InputSource] = []
    for name in names {
      if name == "-" {
        guard !sources.contains(.standardInput) else {
          throw .unreadable(name: name, reason: "standard input can be named only once")
        }
        sources.append(.standardInput)
        continue
      }
      var status = stat()
      guard stat(name, &status) == 0 else { throw .unreadable(name: name, reason: FileBytes.message(errno)) }
      if status.st_mode & S_IFMT == S_IFDIR {
        let files = try list(name)
        guard !files.isEmpty else {
          throw .unreadable(name: name, reason: "the directory holds no \(extensions.joined(separator: ", ")) file")
        }
        sources += files.map(InputSource.file)
      } else {
        sources.append(.file(name))
      }
      guard sources.count <= PictureLimits.maximumListedFiles else {
        throw .tooLarge(name: name, reason: "at most \(PictureLimits.maximumListedFiles) files are taken")
      }
    }
    return sources
  }

  private static func list(_ directory: String) throws(PictureError) -> [String] {
    guard let stream = opendir(directory) else {
      throw .unreadable(name: directory, reason: FileBytes.message(errno))
    }
    defer { closedir(stream) }
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    var files: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard !name.hasPrefix("."), isTaken(name) else { continue }
      var status = stat()
      guard stat(prefix + name, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
      files.append(prefix + name)
      guard files.count <= PictureLimits.maximumListedFiles else {
        throw .tooLarge(name: directory, reason: "at most \(PictureLimits.maximumListedFiles) files are taken")
      }
    }
    return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isTaken(_ name: String) -> Bool {
    let lowered = name.lowercased()
    return extensions.contains { lowered.hasSuffix($0) }
  }
}
