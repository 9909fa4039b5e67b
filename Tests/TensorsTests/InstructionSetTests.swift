import Testing

@testable import Tensors

@Suite struct InstructionSetTests {
  @Test func everyMachineHasTheBaseline() {
    #expect(InstructionSet.available.first == .baseline)
    #expect(InstructionSet.available.contains(.current))
  }

  @Test func namesChooseWhatTheMachineHas() {
    for set in InstructionSet.allCases {
      let chosen = InstructionSet.chosen(by: set.rawValue)
      #expect(chosen == (InstructionSet.available.contains(set) ? set : InstructionSet.available.last))
    }
    #expect(InstructionSet.chosen(by: nil) == InstructionSet.available.last)
    #expect(InstructionSet.chosen(by: "abacus") == InstructionSet.available.last)
  }

  @Test func mapsKeepTheirBlock() {
    for set in InstructionSet.available {
      #expect(FeatureMap(channels: 1, height: 2, width: 3, on: set).withUnsafeBufferPointer(\.count) == 6 * set.block)
    }
    #expect(FeatureMap.block == InstructionSet.current.block)
  }
}

/// Geometry that would read or write out of bounds stops the program before any kernel runs.
@Suite struct PreconditionTests {
  @Test func chunksBeyondTheRowsTrap() async {
    await #expect(processExitsWith: .failure) {
      var map = FeatureMap(channels: 4, height: 2, width: 2)
      [UInt8](repeating: 0, count: 8).withUnsafeBytes { map.set(rows: [1, 2], offset: 7, from: $0) }
    }
    await #expect(processExitsWith: .failure) {
      var map = FeatureMap(channels: 4, height: 2, width: 2)
      [UInt8](repeating: 0, count: 4).withUnsafeBytes { map.set(rows: [4], offset: 0, from: $0) }
    }
  }

  @Test func rowsBeyondTheMapTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = FeatureMap(channels: 4, height: 2, width: 2).selecting(rows: [4])
    }
  }

  @Test func inputsOfOtherExtentsTrap() async {
    await #expect(processExitsWith: .failure) {
      let window = Window(kernelHeight: 1, kernelWidth: 1)
      let convolution = PackedConvolution(weights: Tensor(shape: [1, 3, 1, 1]), bias: nil, window: window)
      _ = convolution(FeatureMap(channels: 2, height: 2, width: 2))
    }
    await #expect(processExitsWith: .failure) {
      _ = FeatureMap(channels: 2, height: 2, width: 2).adding(FeatureMap(channels: 2, height: 2, width: 3))
    }
  }
}
