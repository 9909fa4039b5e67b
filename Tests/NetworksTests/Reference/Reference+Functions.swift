import Foundation
import Networks

extension Reference {
  /// Operators that are a function of each element, and pools that are a function of each window.
  func functions() -> Values? {
    let alpha = { (fallback: Double) in float("alpha", fallback) }
    switch node.operatorType {
    case "Abs": return mapped { abs($0) }
    case "Neg": return mapped { -$0 }
    case "Sign": return mapped { $0 == 0 ? 0 : $0 / abs($0) }
    case "Reciprocal": return mapped { 1 / $0 }
    case "Floor": return mapped { floor($0) }
    case "Ceil": return mapped { ceil($0) }
    case "Round": return mapped { rint($0) }
    case "Log": return mapped { log($0) }
    case "Sin": return mapped { sin($0) }
    case "Cos": return mapped { cos($0) }
    case "Tan": return mapped { tan($0) }
    case "Asin": return mapped { asin($0) }
    case "Acos": return mapped { acos($0) }
    case "Atan": return mapped { atan($0) }
    case "Sinh": return mapped { sinh($0) }
    case "Cosh": return mapped { cosh($0) }
    case "Asinh": return mapped { asinh($0) }
    case "Acosh": return mapped { acosh($0) }
    case "Atanh": return mapped { atanh($0) }
    case "LeakyRelu": return mapped { $0 < 0 ? alpha(0.01) * $0 : $0 }
    case "PRelu": return combined { $0 < 0 ? $1 * $0 : $0 }
    case "Elu": return mapped { $0 < 0 ? alpha(1) * (exp($0) - 1) : $0 }
    case "Celu": return mapped { Swift.max(0, $0) + Swift.min(0, alpha(1) * (exp($0 / alpha(1)) - 1)) }
    case "Selu":
      return mapped { x in
        float("gamma", 1.0507009873554805) * (x > 0 ? x : alpha(1.6732632423543772) * (exp(x) - 1))
      }
    case "ThresholdedRelu": return mapped { $0 > alpha(1) ? $0 : 0 }
    case "Shrink":
      let (bias, threshold) = (float("bias", 0), float("lambd", 0.5))
      return mapped { abs($0) <= threshold ? 0 : $0 < 0 ? $0 + bias : $0 - bias }
    case "Swish": return mapped { $0 / (1 + exp(-alpha(1) * $0)) }
    case "Softplus": return mapped { log(1 + exp($0)) }
    case "Softsign": return mapped { $0 / (1 + abs($0)) }
    case "Mish": return mapped { $0 * tanh(log(1 + exp($0))) }
    case "LpPool": return pooled { values, _ in norm(values) }
    case "GlobalLpPool": return global(norm)
    default: return nil
    }
  }

  private func norm(_ values: [Double]) -> Double {
    let p = Double(integer("p", 2))
    return pow(values.reduce(0) { $0 + pow(abs($1), p) }, 1 / p)
  }
}
