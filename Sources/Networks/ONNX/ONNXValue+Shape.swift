import Tensors

extension ONNXValue {
  /// The positions of dimensions that the file does not fix and that are not the batch, which is always one sample.
  var openDimensions: [Int] {
    (dimensions ?? []).enumerated().dropFirst().compactMap { index, dimension in
      if case .fixed(let extent) = dimension, extent > 0 { nil } else { index }
    }
  }

  /// The declared shape with its batch frozen to one sample and open dimensions taken from `given`, where that has as
  /// many; all of them where none is declared. Nil where one stays open.
  func frozenShape(given: Shape?) -> Shape? {
    guard let dimensions else { return given }
    let fits = given?.rank == dimensions.count
    var shape: [Int] = []
    for (index, dimension) in dimensions.enumerated() {
      if case .fixed(let extent) = dimension, extent > 0 {
        shape.append(extent)
      } else if fits, let extent = given?[index] {
        shape.append(extent)
      } else if index == 0 {
        shape.append(1)
      } else {
        return nil
      }
    }
    return Shape(shape)
  }

  /// Which dimensions are open, such as "2 ('height'), 3".
  var openDimensionWords: String {
    let words = declaredWords
    return openDimensions.map { words[$0] == "?" ? "\($0)" : "\($0) ('\(words[$0])')" }.joined(separator: ", ")
  }

  /// How to close open dimensions.
  var openShapeRemedy: String {
    guard dimensions != nil else { return "give them with --shape '\(name)=N,N,...', or export with a fixed size" }
    return
      "give them with --shape '\(name)=\(words.joined(separator: ","))' (numbers for the names), or export with a fixed size"
  }

  /// Each dimension as the file gives it: a number, a name, or "?"; the batch as 1 where it is open.
  private var words: [String] {
    declaredWords.enumerated().map { index, word in index == 0 && Int(word) == nil ? "1" : word }
  }

  /// Each dimension as the file gives it: a number, a name, or "?" where it gives neither.
  var declaredWords: [String] {
    (dimensions ?? []).map { dimension in
      switch dimension {
      case .fixed(let extent) where extent > 0: "\(extent)"
      case .named(let name) where !name.isEmpty: name
      case .fixed, .named: "?"
      }
    }
  }
}
