import Foundation
import Testing

@testable import Runtime

/// The code, the catalog and the page on the journal list the same ids and fields.
@Suite struct JournalPageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    .standardizedFileURL

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The catalog's entries by id: subject, and text.
  private func catalog() throws -> [String: (subject: String, text: String)] {
    var entries: [String: (subject: String, text: String)] = [:]
    for part in try Self.text("Packaging/edgemesh.catalog").components(separatedBy: "\n-- ").dropFirst() {
      let lines = part.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let subject = try #require(lines.first { $0.hasPrefix("Subject: ") })
      let blank = try #require(lines.firstIndex(of: ""))
      #expect(entries[lines[0]] == nil, "\(lines[0]) stands twice")
      entries[lines[0]] = (subject, lines[blank...].joined(separator: "\n"))
    }
    return entries
  }

  private func fields(in text: String) -> Set<String> {
    Set(text.matches(of: /@EDGEMESH_([A-Z0-9_]+)@/).map { String($0.1) })
  }

  @Test func idsAreDistinct() {
    let ids = JournalMessage.allCases.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{32}/) != nil })
  }

  @Test func theCatalogExplainsEveryEntry() throws {
    let catalog = try catalog()
    #expect(Set(catalog.keys) == Set(JournalMessage.allCases.map(\.id)))
    for message in JournalMessage.allCases {
      let entry = try #require(catalog[message.id])
      #expect(entry.text.count > 60, "\(message)")
      let known = Set((JournalMessage.commonFields + message.fields).map(\.rawValue))
      let used = fields(in: entry.subject + entry.text)
      #expect(used.subtracting(known).isEmpty, "\(message.rawValue) names fields that it has not: \(used)")
    }
  }

  @Test func thePageListsEveryEntry() throws {
    let page = try Self.text("Protocol/journal.md")
    var listed: Set<String> = []
    for row in page.matches(of: /\n\| `([a-z-]+)` \| `([0-9a-f]{32})` \| ([^|]*) \| ([^|]*)\| [^|]* \| ([^|]*) \|/) {
      let message = try #require(JournalMessage(rawValue: String(row.1)))
      listed.insert(message.rawValue)
      #expect(message.id == row.2, "\(message.rawValue)")
      let priority = message == .memoryPressure ? "by level" : "\(message.priority.rawValue)"
      #expect(row.3 == priority, "\(message.rawValue)")
      let rate = message.rate.map { "\($0.burst) in \($0.nanoseconds / 1_000_000_000) s" } ?? ""
      #expect(row.4.trimmingCharacters(in: .whitespaces) == rate, "\(message.rawValue)")
      let fields = row.5.matches(of: /`([A-Z0-9_]+)`/).map { String($0.1) }
      #expect(fields == message.fields.map(\.rawValue), "\(message.rawValue)")
    }
    #expect(listed == Set(JournalMessage.allCases.map(\.rawValue)))
  }

  @Test func thePageSaysWhatEveryFieldIs() throws {
    let page = try Self.text("Protocol/journal.md")
    let section = try #require(page.components(separatedBy: "\n## Fields\n").last)
    let defined = section.matches(of: /\n\| ((?:`[A-Z0-9_]+`(?:, )?)+) \|/).flatMap { row in
      row.1.matches(of: /`([A-Z0-9_]+)`/).map { String($0.1) }
    }
    #expect(defined.count == Set(defined).count)
    #expect(Set(defined) == Set(JournalField.allCases.map(\.rawValue)))
    let used = Set(
      (JournalMessage.commonFields + [.heldBack] + JournalMessage.allCases.flatMap(\.fields)).map(\.rawValue))
    #expect(used == Set(defined))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/journalctl"), "journalctl is missing"))
  func theSystemTakesTheCatalog() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "edgemesh-catalog-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appending(path: "usr/lib/systemd/catalog")
    for path in [folder, root.appending(path: "var/lib/systemd/catalog")] {
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    }
    let name = "edgemesh.catalog"
    try Self.text("Packaging/\(name)").write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    let update = try journalctl(["--root=\(root.path)", "--update-catalog"])
    #expect(update.status == 0 && update.output.isEmpty, "\(update.output)")
    let list = try journalctl(["--root=\(root.path)", "--list-catalog"])
    #expect(
      Set(list.output.split(separator: "\n").map { $0.prefix(32) }) == Set(JournalMessage.allCases.map { $0.id[...] }))
  }

  private func journalctl(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/journalctl")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
