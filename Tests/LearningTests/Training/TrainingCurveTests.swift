import Foundation
import Testing

@testable import Learning

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct TrainingCurveTests {
  /// A run of so many epochs, every third of them tested.
  static func curve(epochs: Int) -> TrainingCurve {
    TrainingCurve(
      rows: (0..<epochs).map { epoch in
        let loss = 2.3 / (1 + 0.3 * Double(epoch)) + 0.02 * Double(epoch % 3)
        return TrainingCurve.Row(
          epoch: epoch + 1, step: 468 * (epoch + 1), learningRate: 0.1 / Double(epoch + 1), trainLoss: loss,
          trainAccuracy: 1 - 0.3 * loss, testAccuracy: epoch % 3 == 2 ? 0.98 - 0.31 * loss : nil,
          examplesPerSecond: 4321.0 / 7, seconds: 13.7 * Double(epoch + 1))
      })
  }

  @Test(arguments: [0, 1, 2, 30]) func aTableIsReadBackExactly(_ epochs: Int) throws {
    let curve = Self.curve(epochs: epochs)
    #expect(try TrainingCurve(csv: curve.csv, from: "curve.csv") == curve)
    #expect(curve.csv.split(separator: "\n").count == epochs + 1)
  }

  @Test func aRunThatIsTakenUpStartsWithWhatWasThere() {
    #expect(Self.curve(epochs: 9).until(epoch: 4) == Self.curve(epochs: 4))
    #expect(Self.curve(epochs: 4).until(epoch: 9) == Self.curve(epochs: 4))
  }

  @Test func aDamagedTableIsRefusedWithItsLine() {
    let good = Self.curve(epochs: 3).csv
    let lines = good.split(separator: "\n").map(String.init)
    let cases: [(String, String)] = [
      ("", "line 1 "), ("epoch,loss\n", "line 1 "), (String(good.dropLast()), "line 4 "),
      (good.replacing("2,936", with: "1,936"), "line 3 "), (good.replacing("2,936", with: "2,x"), "line 3 "),
      (good.replacing("2,936", with: "2"), "line 3 "), (good.replacing("2,936,0.05", with: "2,936,nan"), "line 3 "),
      (good.replacing("2,936,0.05", with: "2,936,"), "line 3 "), (lines[0] + "\n" + lines[1] + ",\n", "line 2 "),
      (lines[0] + "\n\n", "line 2 "), (good + good, "line 5 "),
    ]
    for (text, place) in cases {
      #expect("\(text.prefix(200))") {
        try TrainingCurve(csv: text, from: "curve.csv")
      } throws: { error in
        guard case .unusableCheckpoint("curve.csv", let reason)? = error as? LearningError else { return false }
        return reason.hasPrefix(place)
      }
    }
  }

  @Test(arguments: [0, 1, 2, 30, 300]) func theChartIsXMLAndAlwaysTheSame(_ epochs: Int) throws {
    let svg = Self.curve(epochs: epochs).svg(title: "a < b & \"c\" \u{1}")
    #expect(svg == Self.curve(epochs: epochs).svg(title: "a < b & \"c\" \u{1}"))
    let reader = ChartReader(svg)
    #expect(reader.isWellFormed)
    #expect(reader.texts.contains("a < b & \"c\""))
    #expect(!reader.elements.contains("script"))
    // Three lines, marked where there are few points: of loss, of training's accuracy, and of the tests.
    #expect(
      reader.elements.filter { $0 == "circle" }.count == (epochs <= 40 ? 2 * epochs : 0)
        + (epochs / 3 <= 40 ? epochs / 3 : 0))
    #expect(reader.coordinates.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 760 })
    try keep(svg, "curve-\(epochs).svg")
  }

  @Test func filesAreReplaced() throws {
    let folder = try ScratchFolder()
    for epochs in [1, 4] {
      try Self.curve(epochs: epochs).writeCSV(to: folder.path + "/curve.csv")
      try Self.curve(epochs: epochs).writeSVG(to: folder.path + "/curve.svg", title: "t")
    }
    let text = try String(contentsOf: folder.url("curve.csv"), encoding: .utf8)
    #expect(try TrainingCurve(csv: text, from: "") == Self.curve(epochs: 4))
    #expect(try String(contentsOf: folder.url("curve.svg"), encoding: .utf8) == Self.curve(epochs: 4).svg(title: "t"))
  }

  /// For whoever wants to look at one: with `EDGEMESH_CHARTS` set to a folder, charts are kept there.
  private func keep(_ svg: String, _ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["EDGEMESH_CHARTS"] else { return }
    try svg.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
  }
}

/// What an SVG file has in it.
private final class ChartReader: NSObject, XMLParserDelegate {
  private(set) var isWellFormed = false
  private(set) var elements: [String] = []
  private(set) var texts: Set<String> = []
  private(set) var coordinates: [Double] = []

  init(_ svg: String) {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  private var text = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append(name)
    text = ""
    for key in ["x", "y", "cx", "cy"] { if let value = attributes[key] { coordinates.append(Double(value) ?? .nan) } }
    for part in (attributes["d"] ?? "").split(whereSeparator: { "MLHhv ".contains($0) }) {
      coordinates.append(Double(part) ?? .nan)
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    texts.insert(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
