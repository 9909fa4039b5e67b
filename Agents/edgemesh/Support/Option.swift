/// What the parser and the manual page need to know of an option, whatever its type.
protocol OptionDeclaration: Sendable {
  /// The long name without dashes.
  var name: String { get }
  /// A one-letter name, for the few options that everybody expects to have one.
  var letter: Character? { get }
  /// What stands for the value; nil for a flag.
  var placeholder: String? { get }
  var help: String { get }
  /// The default as the manual page shows it, such as `10s`.
  var shownDefault: String? { get }
  var isRequired: Bool { get }
  var isRepeatable: Bool { get }
  /// Throws where the texts given are not accepted.
  func check(_ texts: [String]) throws(Rejection)
}

/// An option of a command: declared once, listed in the command's `ManualPage`, and then the key to its own value:
///
///     static let deadline = Option.defaulting("deadline", .duration(), to: .seconds(10), shown: "10s", "...")
///     ...
///     let deadline: Duration = arguments[Self.deadline]
struct Option<Value: Sendable>: OptionDeclaration {
  var name: String
  var letter: Character?
  var placeholder: String?
  var help: String
  var shownDefault: String?
  var isRequired = false
  var isRepeatable = false
  /// The value from every text given, in order; none where the option was not given.
  let read: @Sendable ([String]) throws(Rejection) -> Value

  func check(_ texts: [String]) throws(Rejection) { _ = try read(texts) }

  /// The same option with a one-letter name too.
  func letter(_ letter: Character) -> Option {
    var copy = self
    copy.letter = letter
    return copy
  }
}

extension Option {
  /// An option that has to be given.
  static func required(_ name: String, _ reader: ValueReader<Value>, _ help: String) -> Option {
    Option(name: name, placeholder: reader.placeholder, help: help, isRequired: true) { texts throws(Rejection) in
      guard let last = texts.last else { throw Rejection(expected: "a value") }
      return try reader.read(last)
    }
  }

  /// An option with a default, `shown` as the manual page prints it.
  static func defaulting(
    _ name: String, _ reader: ValueReader<Value>, to fallback: Value, shown: String, _ help: String
  ) -> Option {
    Option(name: name, placeholder: reader.placeholder, help: help, shownDefault: shown) { texts throws(Rejection) in
      guard let last = texts.last else { return fallback }
      return try reader.read(last)
    }
  }

  /// An option that may be left out.
  static func optional<Wrapped>(_ name: String, _ reader: ValueReader<Wrapped>, _ help: String) -> Option
  where Value == Wrapped? {
    Option(name: name, placeholder: reader.placeholder, help: help) { texts throws(Rejection) in
      guard let last = texts.last else { return nil }
      return try reader.read(last)
    }
  }

  /// An option that may be given several times; all values count, in order.
  static func repeated<Element>(_ name: String, _ reader: ValueReader<Element>, _ help: String) -> Option
  where Value == [Element] {
    Option(name: name, placeholder: reader.placeholder, help: help, isRepeatable: true) { texts throws(Rejection) in
      var values: [Element] = []
      for text in texts { values.append(try reader.read(text)) }
      return values
    }
  }
}

extension Option where Value == Bool {
  /// An option without a value: true where given.
  static func flag(_ name: String, _ help: String) -> Option {
    Option(name: name, help: help) { texts throws(Rejection) in !texts.isEmpty }
  }
}

/// What the parser and the manual page need to know of an operand, whatever its type.
protocol OperandDeclaration: Sendable {
  var name: String { get }
  var help: String { get }
  var isRequired: Bool { get }
  /// Takes all that is left. Only a command's last operand may.
  var isRepeatable: Bool { get }
}

/// A positional argument, the key to its own value as `Option` is.
struct Operand<Value: Sendable>: OperandDeclaration {
  var name: String
  var help: String
  var isRequired: Bool
  var isRepeatable: Bool
  let read: @Sendable ([String]) -> Value
}

extension Operand where Value == String {
  /// Exactly one.
  static func one(_ name: String, _ help: String) -> Operand {
    Operand(name: name, help: help, isRequired: true, isRepeatable: false) { $0.first ?? "" }
  }
}

extension Operand where Value == String? {
  /// One or none.
  static func optional(_ name: String, _ help: String) -> Operand {
    Operand(name: name, help: help, isRequired: false, isRepeatable: false) { $0.first }
  }
}

extension Operand where Value == [String] {
  /// Any number of them, none included.
  static func any(_ name: String, _ help: String) -> Operand {
    Operand(name: name, help: help, isRequired: false, isRepeatable: true) { $0 }
  }

  /// At least one.
  static func some(_ name: String, _ help: String) -> Operand {
    Operand(name: name, help: help, isRequired: true, isRepeatable: true) { $0 }
  }
}
