import FoundationEssentials

extension Preprocessing: Codable {
  private enum Field: String, CodingKey, CaseIterable { case resize, crop, order, scale, mean, std }

  private struct AnyField: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Refuses unknown fields, for a misspelt one would silently change every answer.
  public init(from decoder: any Decoder) throws {
    let given = try decoder.container(keyedBy: AnyField.self).allKeys.map(\.stringValue).sorted()
    let known = Field.allCases.map(\.rawValue)
    if let unknown = given.first(where: { !known.contains($0) }) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "there is no field \"\(unknown)\"; the fields are \(known.joined(separator: ", "))"))
    }
    let fields = try decoder.container(keyedBy: Field.self)
    resize = try fields.decodeIfPresent(Int.self, forKey: .resize)
    crop = try fields.decodeIfPresent(Int.self, forKey: .crop)
    order = try fields.decodeIfPresent(ChannelOrder.self, forKey: .order) ?? .rgb
    scale = try fields.decodeIfPresent(Double.self, forKey: .scale) ?? 1
    mean = try fields.decodeIfPresent([Double].self, forKey: .mean) ?? []
    std = try fields.decodeIfPresent([Double].self, forKey: .std) ?? []
    if let flaw { throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: flaw)) }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encodeIfPresent(resize, forKey: .resize)
    try fields.encodeIfPresent(crop, forKey: .crop)
    try fields.encode(order, forKey: .order)
    try fields.encode(scale, forKey: .scale)
    try fields.encode(mean, forKey: .mean)
    try fields.encode(std, forKey: .std)
  }

  /// Reads a JSON file.
  public init(contentsOf path: String) throws(PictureError) {
    let bytes = try FileBytes.read(path, limit: PictureLimits.maximumPreprocessingBytes)
    try self.init(json: bytes, name: path)
  }

  /// Reads JSON text in UTF-8; errors call it `name`.
  public init(json: [UInt8], name: String) throws(PictureError) {
    do {
      self = try JSONDecoder().decode(Preprocessing.self, from: Data(json))
    } catch let error as DecodingError {
      throw .wrongPreprocessing(name: name, reason: Self.reason(error))
    } catch {
      throw .wrongPreprocessing(name: name, reason: "\(error)")
    }
  }

  /// The fields as JSON text, in one line with sorted keys: equal preprocessings give equal bytes.
  public var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // Cannot fail: every number was checked to be finite.
    return (try? encoder.encode(self)).map(Array.init) ?? []
  }

  private static func reason(_ error: DecodingError) -> String {
    func field(_ context: DecodingError.Context) -> String {
      context.codingPath.first.map { "field \"\($0.stringValue)\": " } ?? ""
    }
    switch error {
    case .typeMismatch(let type, let context): return "\(field(context))it is no \(words(for: type))"
    case .valueNotFound(let type, let context): return "\(field(context))it is null, not a \(words(for: type))"
    case .keyNotFound(let key, _): return "field \"\(key.stringValue)\" is missing"
    case .dataCorrupted(let context): return field(context) + context.debugDescription
    @unknown default: return "it cannot be read"
    }
  }

  private static func words(for type: Any.Type) -> String {
    switch type {
    case is Int.Type: "whole number"
    case is Double.Type: "number"
    case is String.Type: "text"
    case is [String: Any].Type: "JSON object"
    default: "list of numbers"
    }
  }
}
