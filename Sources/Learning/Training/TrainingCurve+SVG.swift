extension TrainingCurve {
  /// A chart of loss and accuracy over the epochs: one file without scripts or fonts of its own, light or dark as the
  /// reader's screen is. The same curve gives the same bytes.
  public func svg(title: String) -> String {
    let epochs = Axis(
      holding: rows.isEmpty ? [] : [0] + rows.map { Double($0.epoch) }, isWhole: true, within: 0...1e12)
    let losses = rows.map { ($0, $0.trainLoss) }
    let training = rows.map { ($0, 100 * $0.trainAccuracy) }
    let testing = rows.compactMap { row in row.testAccuracy.map { (row, 100 * $0) } }
    func points(_ values: [(Row, Double)]) -> [(x: Double, y: Double)] {
      values.filter { $0.1.isFinite }.map { (Double($0.0.epoch), $0.1) }
    }
    let loss = LineChart(
      title: "Loss", xTitle: "epoch", lines: [.init(name: "training", style: "first", points: points(losses))],
      xAxis: epochs, yAxis: Axis(holding: [0] + losses.map(\.1), within: 0...1e12), left: 60, top: 112, width: 300,
      height: 220)
    let accuracy = LineChart(
      title: "Accuracy", xTitle: "epoch", unit: " %",
      lines: [
        .init(name: "training", style: "first", points: points(training)),
        .init(name: "test", style: "second", points: points(testing)),
      ],
      xAxis: epochs, yAxis: Axis(holding: (training + testing).map(\.1), within: 0...100), left: 440, top: 112,
      width: 300, height: 220)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 392" width="760" height="392" role="img">
      <title>\(Self.escaped(title))</title>
      <desc>\(Self.escaped(summary))</desc>
      <style>
      \(Self.style)
      </style>
      <rect class="background" width="760" height="392" rx="6"/>
      <text class="heading" x="20" y="30">\(Self.escaped(title))</text>
      <text class="label" x="20" y="50">\(Self.escaped(summary))</text>
      \(loss.svg)
      \(accuracy.svg)
      </svg>

      """
  }

  /// The result in one line.
  var summary: String {
    guard let last = rows.last else { return "no epoch yet" }
    var text = "\(last.epoch) \(last.epoch == 1 ? "epoch" : "epochs"), \(last.step) steps, "
    text += "\(fixed(last.seconds / 60, digits: 1)) minutes"
    if let tested = rows.last(where: { $0.testAccuracy != nil }), let share = tested.testAccuracy {
      text += "; test accuracy \(fixed(100 * share, digits: 2)) % after epoch \(tested.epoch)"
    }
    return text
  }

  /// Blue and vermilion that readers of any sight tell apart (Okabe and Ito, 2008).
  private static let style = """
    text{font-family:system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:#24292f}
    .heading{font-size:17px;font-weight:600}.title{font-size:14px;font-weight:600}.label{font-size:12px;fill:#57606a}
    .background{fill:#fff}.grid{stroke:#d8dee4;fill:none}.axis{stroke:#57606a;fill:none}
    .line{fill:none;stroke-width:2;stroke-linejoin:round}.line.first{stroke:#0072b2}.line.second{stroke:#d55e00}
    .point.first{fill:#0072b2}.point.second{fill:#d55e00}
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.label{fill:#9198a1}.background{fill:#0d1117}
    .grid{stroke:#2a313c}.axis{stroke:#9198a1}.line.first{stroke:#56b4e9}.line.second{stroke:#e69f00}
    .point.first{fill:#56b4e9}.point.second{fill:#e69f00}}
    """

  /// A text as XML has it; characters that XML has no place for are left out.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\t", "\n", "\r": result += " "
      case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): break
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
