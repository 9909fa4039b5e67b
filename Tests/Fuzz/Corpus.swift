import FoundationEssentials
import Networks
import Tensors

/// The well-formed files that cases start from.
struct Corpus {
  /// Those that load, and those that do not for want of an operator or a type.
  private(set) var sound: [[UInt8]] = []
  private(set) var foreign: [[UInt8]] = []
  private let operators = OperatorLibrary.names

  /// Our example networks and, where there are, the models of folders of ONNX backend tests.
  init(folders: [String]) throws {
    for seed in UInt64(1)...2 { sound += try ExampleNetworks.all(seed: seed).map { $0.onnx() } }
    sound.append(try ExampleNetworks.convNeXt(inPieces: true).onnx())
    for folder in folders {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      for name in names { try add(test: folder + "/" + name) }
    }
  }

  /// A test's model, as it is and with its integer inputs as constants, as which they decide shapes.
  private mutating func add(test: String) throws {
    guard let data = try? Data(contentsOf: URL(filePath: test + "/model.onnx")), data.count < 1 << 16 else { return }
    let bytes = [UInt8](data)
    add(bytes)
    guard let model = Message(.model, parsing: bytes[...]), let graph = model.all(.graph).first else { return }
    var bound = false
    var kept: [Message.Field] = []
    var position = 0
    for field in graph.fields {
      if field.number == 11, case .message(let input) = field.value {
        let path = "\(test)/test_data_set_0/input_\(position).pb"
        position += 1
        if let data = try? Data(contentsOf: URL(filePath: path)),
          let tensor = Message(.tensor, parsing: [UInt8](data)[...]), let name = input.text(1),
          let read = try? TensorFile([UInt8](data)), case .integer = read.value
        {
          tensor.fields.removeAll { $0.number == 8 }
          tensor.fields.append(.init(8, .bytes(Array(name.utf8))))
          kept.append(.init(5, .message(tensor)))
          bound = true
          continue
        }
      }
      kept.append(field)
    }
    guard bound else { return }
    graph.fields = kept
    add(model.encoded)
  }

  private mutating func add(_ file: [UInt8]) {
    let loads = (try? Network(onnx: file).simplified()) != nil
    if loads { sound.append(file) } else { foreign.append(file) }
  }

  /// Most from a file that loads: only what is nearly right gets far.
  private func file(_ chance: inout Chance) -> [UInt8] {
    (chance.one(in: 12) ? chance.pick(foreign) : nil) ?? chance.pick(sound) ?? []
  }

  /// The file of case `index` of the run with this seed: the same for the same corpus on every machine.
  func mutant(seed: UInt64, index: Int) -> [UInt8] {
    var chance = Chance(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(index) &* 0xD134_2543_DE82_EF95)
    var bytes = file(&chance)
    let other = file(&chance)
    let rounds = chance.one(in: 2) ? 1 : 2 + chance.number(4)
    if !chance.one(in: 4), let model = Message(.model, parsing: bytes[...]),
      let donor = Message(.model, parsing: other[...])
    {
      let mutations = MessageMutations(model: model, operators: operators, other: donor)
      for _ in 0..<rounds { mutations.apply(&chance) }
      bytes = model.encoded
      guard chance.one(in: 8) else { return bytes }
    }
    for _ in 0..<rounds { ByteMutations.apply(&bytes, other: other, &chance) }
    return bytes
  }
}
