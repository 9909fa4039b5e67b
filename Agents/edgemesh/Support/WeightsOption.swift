import Tensors

/// The option that says how weights are stored.
enum WeightsOption {
  static let option = Option.defaulting(
    "weights", .choice(WeightType.allCases.map(\.rawValue), placeholder: "TYPE"), to: WeightType.float32.rawValue,
    shown: WeightType.float32.rawValue,
    "Stores the weights of convolutions and linear layers as f32, bf16 or f16; sums are of f32")

  static func value(_ arguments: Arguments) -> WeightType { WeightType(rawValue: arguments[option]) ?? .float32 }
}
