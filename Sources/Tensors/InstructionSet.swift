import CKernels
import Glibc

/// A family of vector instructions for which the kernels exist.
///
/// Feature maps and packed weights keep the set they were made for; mixing two sets is a programming error that traps.
enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on AArch64.
  case baseline
  case avx2
  case avx512

  /// The sets that this machine can run, simplest first.
  static let available: [InstructionSet] = allCases.filter { ek_kernels_for($0.index) != nil }

  /// The set in use: the best that the machine has, or the one named by `EDGEMESH_ISA` where the machine has it.
  static let current: InstructionSet = {
    let best = available.last ?? .baseline
    guard let name = getenv("EDGEMESH_ISA"), let named = InstructionSet(rawValue: String(cString: name)) else {
      return best
    }
    return available.contains(named) ? named : best
  }()

  /// The table of the set's kernels. The baseline stands in for a set that the machine lacks.
  var kernels: ek_kernels { Self.tables[Int(index.rawValue)] }

  var block: Int { kernels.block }

  private var index: ek_isa {
    switch self {
    case .baseline: EK_BASELINE
    case .avx2: EK_AVX2
    case .avx512: EK_AVX512
    }
  }

  private static let tables: [ek_kernels] = allCases.map { set in
    (ek_kernels_for(set.index) ?? ek_kernels_for(EK_BASELINE)).pointee
  }
}
