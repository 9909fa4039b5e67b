import Foundation
import Testing

@testable import Mesh

/// The page on outcomes names every reason that the tests see, and every outcome.
@Suite struct OutcomePageTests {
  private func page() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
    return try String(contentsOf: root.appending(path: "Protocol/outcomes.md"), encoding: .utf8)
  }

  @Test func everyReasonIsNamed() throws {
    let page = try page()
    let fixed = AdmissionTests.cases.compactMap(\.reason).filter { !$0.hasPrefix("inputs of") }
    #expect(fixed.count >= 2)
    let others = [
      "inputs of [...] bytes do not fit the network's [...]", "the gateway's queue of 64 requests is full", "deadline",
      "deadline: still queued", "deadline: the input did not arrive whole", "no gateway answered by the deadline",
      "the network was replaced meanwhile", "the input did not arrive whole", "cancelled by the client",
    ]
    for reason in fixed + others { #expect(page.contains("`\(reason)`"), "\(reason)") }
    for kind in Outcome.Kind.allCases { #expect(page.contains("| `\(kind.rawValue)` |"), "\(kind)") }
  }
}
