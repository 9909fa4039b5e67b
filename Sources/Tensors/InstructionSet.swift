import CKernels
import Glibc

/// A family of vector instructions for which the kernels exist.
///
/// Feature maps and packed weights keep the set they were made for; mixing two sets is a programming error that traps.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on AArch64.
  case baseline
  /// AVX2 with fused multiply-add.
  case avx2
  /// AVX-512 F, DQ, BW and VL.
  case avx512

  /// The sets that this machine can run, simplest first.
  public static let available: [InstructionSet] = allCases.filter { ek_kernels_for($0.index) != nil }

  /// The set in use: the best that the machine has, or the one that `EDGEMESH_ISA` names.
  public static let current = chosen(by: getenv("EDGEMESH_ISA").map { String(cString: $0) })

  /// The named set, or the best of this machine where the name is unknown or the machine lacks the set.
  static func chosen(by name: String?) -> InstructionSet {
    let named = name.flatMap(InstructionSet.init(rawValue:))
    return available.last { named == nil || $0 == named } ?? available.last ?? .baseline
  }

  /// Channels in a block of a feature map.
  public var block: Int { kernels.block }

  /// The table of the set's kernels. The baseline stands in for a set that the machine lacks.
  var kernels: ek_kernels { Self.tables[Int(index.rawValue)] }

  /// The same where the pool's threads find it.
  var table: UnsafePointer<ek_kernels>? { ek_kernels_for(index) ?? ek_kernels_for(EK_BASELINE) }

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
