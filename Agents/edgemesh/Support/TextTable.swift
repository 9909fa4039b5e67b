/// A table for people: columns as wide as their widest cell, two spaces between them.
struct TextTable: Sendable {
  enum Alignment: Sendable { case left, right }

  struct Column: Sendable {
    var title: String
    var alignment: Alignment
    /// The column is at least this wide: for rows that are printed one by one, before the later ones are known.
    var minimumWidth: Int

    static func left(_ title: String, width: Int = 0) -> Column {
      Column(title: title, alignment: .left, minimumWidth: width)
    }
    static func right(_ title: String, width: Int = 0) -> Column {
      Column(title: title, alignment: .right, minimumWidth: width)
    }
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row. Missing cells are empty; surplus cells are dropped.
  mutating func append(_ cells: [String]) {
    let cells = cells.prefix(columns.count).map(SingleLine.of)
    rows.append(cells + [String](repeating: "", count: columns.count - cells.count))
  }

  /// Title line and rows, without a final line break.
  var rendered: String {
    let widths = columns.indices.map { column in
      rows.reduce(header(column).count) { Swift.max($0, $1[column].count) }
    }
    return ([columns.map(\.title)] + rows).map { line($0, widths) }.joined(separator: "\n")
  }

  /// The title line for streaming, by the columns' minimum widths.
  var streamedTitle: String { line(columns.map(\.title), columns.indices.map { header($0).count }) }

  /// One row for streaming; a cell that is wider than its column shifts the rest of its row.
  func streamed(_ cells: [String]) -> String {
    var row = TextTable(columns)
    row.append(cells)
    return line(row.rows[0], columns.indices.map { header($0).count })
  }

  private func header(_ column: Int) -> String {
    let title = columns[column].title
    return title + String(repeating: " ", count: Swift.max(0, columns[column].minimumWidth - title.count))
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: Swift.max(0, widths[index] - cell.count))
      if index > 0 { text += "  " }
      text += columns[index].alignment == .left ? cell + padding : padding + cell
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}
