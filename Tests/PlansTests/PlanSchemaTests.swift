import Foundation
import Networks
import Tensors
import Testing

@testable import Plans

/// The example plan, the schema and the code say the same.
struct PlanSchemaTests {
  private static let protocolFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Protocol")

  private static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: protocolFolder.appending(path: path)))
  }

  private static func json(_ bytes: [UInt8]) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
  }

  /// The vector's bytes are those that we write today; its digest is part of the format.
  @Test func exampleHasTheseBytes() throws {
    let file = try PlanFile(PlanFileTests.example())
    #expect(try Self.bytes("vectors/plan/example.json") == file.bytes)
    #expect(file.digest == "43f7bbc1768429c238c70dca7ce951a35f871dcbf402a317a58ca0c8f595534a")
    #expect(try PlanFile(bytes: Self.bytes("vectors/plan/example.json")).plan == PlanFileTests.example())
  }

  /// The same plan with weights of 16 bits.
  @Test func exampleOfHalfWeightsHasTheseBytes() throws {
    var plan = PlanFileTests.example()
    plan.weightType = .bfloat16
    let file = try PlanFile(plan)
    #expect(try Self.bytes("vectors/plan/example-bf16.json") == file.bytes)
    #expect(file.digest == "d02251ee3fb39c6d091a0bcd70c20210a4018ca645f46f515c175d98273061f1")
    let schema = try #require(try Self.json(Self.bytes("plan-file.schema.json")) as? [String: Any])
    #expect(SchemaCheck(root: schema).faults(of: try Self.json(file.bytes)) == [])
  }

  @Test func exampleMeetsTheSchema() throws {
    let schema = try #require(try Self.json(Self.bytes("plan-file.schema.json")) as? [String: Any])
    let example = try Self.json(Self.bytes("vectors/plan/example.json"))
    #expect(SchemaCheck(root: schema).faults(of: example) == [])
  }

  @Test(arguments: Example.allCases)
  func plansMeetTheSchema(example: Example) throws {
    let schema = try #require(try Self.json(Self.bytes("plan-file.schema.json")) as? [String: Any])
    let plan = try ShardTests.sample(example).plan
    #expect(SchemaCheck(root: schema).faults(of: try Self.json(PlanFile(plan).bytes)) == [])
  }

  /// What the reader refuses by its form, the schema refuses too.
  @Test func schemaRefusesWhatTheReaderRefuses() throws {
    let schema = try #require(try Self.json(Self.bytes("plan-file.schema.json")) as? [String: Any])
    let text = String(decoding: try PlanFile(PlanFileTests.example()).bytes, as: UTF8.self)
    var refused = 0
    for (from, to, field) in PlanFileTests.changes where !field.hasPrefix("stages[") && !field.contains("Inputs") {
      guard let value = try? Self.json(Array(text.replacingOccurrences(of: from, with: to).utf8)) else { continue }
      if !["network.digest", "fills"].contains(field) {
        #expect(SchemaCheck(root: schema).faults(of: value) != [], "\(to)")
        refused += 1
      }
    }
    #expect(refused > 12)
  }
}

/// As much of JSON Schema as the plan's schema uses.
struct SchemaCheck {
  let root: [String: Any]

  func faults(of value: Any) -> [String] { faults(of: value, under: root, at: "$") }

  private func faults(of value: Any, under schema: [String: Any], at path: String) -> [String] {
    if let reference = schema["$ref"] as? String {
      let name = String(reference.split(separator: "/").last ?? "")
      guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
        return ["\(path): \(reference)"]
      }
      return faults(of: value, under: target, at: path)
    }
    if let constant = schema["const"] { return same(value, constant) ? [] : ["\(path): not \(constant)"] }
    if let choices = schema["enum"] as? [Any] {
      return choices.contains { same(value, $0) } ? [] : ["\(path): not one of \(choices)"]
    }
    switch schema["type"] as? String {
    case "object":
      guard let members = value as? [String: Any] else { return ["\(path): no object"] }
      let properties = schema["properties"] as? [String: Any] ?? [:]
      let missing = (schema["required"] as? [String] ?? []).filter { members[$0] == nil }
      return missing.map { "\(path).\($0): missing" }
        + members.sorted { $0.key < $1.key }.flatMap { name, member in
          if let property = properties[name] as? [String: Any] {
            return faults(of: member, under: property, at: "\(path).\(name)")
          }
          guard let others = schema["additionalProperties"] as? [String: Any] else {
            return ["\(path).\(name): unknown"]
          }
          return faults(of: member, under: others, at: "\(path).\(name)")
        }
    case "array":
      guard let elements = value as? [Any] else { return ["\(path): no array"] }
      let range = (schema["minItems"] as? Int ?? 0)...(schema["maxItems"] as? Int ?? .max)
      let wrongCount = range.contains(elements.count) ? [] : ["\(path): \(elements.count) items"]
      guard let items = schema["items"] as? [String: Any] else { return wrongCount }
      return wrongCount
        + elements.enumerated().flatMap { faults(of: $1, under: items, at: "\(path)[\($0)]") }
    case "string":
      guard let text = value as? String else { return ["\(path): no string"] }
      let range = (schema["minLength"] as? Int ?? 0)...(schema["maxLength"] as? Int ?? .max)
      return range.contains(text.count) ? [] : ["\(path): \(text.count) letters"]
    case "integer":
      guard let number = value as? NSNumber, !isBoolean(number), let integer = value as? Int else {
        return ["\(path): no integer"]
      }
      let range = (schema["minimum"] as? Int ?? .min)...(schema["maximum"] as? Int ?? .max)
      return range.contains(integer) ? [] : ["\(path): \(integer)"]
    case "boolean": return (value as? NSNumber).map(isBoolean) == true ? [] : ["\(path): no boolean"]
    case "null": return value is NSNull ? [] : ["\(path): not null"]
    default: return ["\(path): the schema names no type"]
    }
  }

  private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

  private func same(_ a: Any, _ b: Any) -> Bool {
    if let a = a as? String, let b = b as? String { return a == b }
    if let a = a as? NSNumber, let b = b as? NSNumber { return a == b }
    return false
  }
}
