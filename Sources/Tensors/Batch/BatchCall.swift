import CKernels

/// One kernel of a `BatchProgram` with all that it needs but the places of its operands.
///
/// The functions that make calls say which operands they take, in which order; operands that are written come last.
public struct BatchCall {
  /// Without pointers: the program fills them in.
  var step: ek_step
  /// How many operands it has, and how many of the last ones are written.
  var operandCount: Int
  public private(set) var writtenCount = 1
  /// Whether it is a convolution, which takes longer than all else.
  public var isConvolution: Bool { step.kernel == EK_CONVOLVE }
  /// Whether it takes scratch memory: one more operand, the last.
  var takesScratch: Bool {
    [EK_CONVOLVE, EK_MULTIPLY_MATRICES, EK_GRADIENT_BY_WEIGHTS].contains(step.kernel)
  }

  init(_ kernel: ek_kernel, operands: Int, written: Int = 1, _ describe: (inout ek_step) -> Void) {
    step = ek_step()
    step.kernel = kernel
    describe(&step)
    operandCount = operands
    writtenCount = written
  }

  /// Floats of scratch memory that a team of `threads` needs.
  ///
  /// - Parameter given: which operands there are; a convolution with transformed weights needs less.
  func scratchCount(threads: Int, given: [Bool]) -> Int {
    let kernels = InstructionSet.current.kernels
    var step = step
    // Only whether there is a pointer is looked at.
    if step.kernel == EK_CONVOLVE, given[1] { step.as.convolution.transformed = UnsafePointer(bitPattern: 64) }
    switch step.kernel {
    case EK_CONVOLVE: return kernels.scratch_count(&step.as.convolution, threads)
    case EK_MULTIPLY_MATRICES: return kernels.multiplication_scratch(&step.as.multiplication, threads)
    case EK_GRADIENT_BY_WEIGHTS: return kernels.weight_gradient_scratch(&step.as.weight_gradient, threads)
    default: return 0
    }
  }
}

extension ValueLayout {
  /// Channels of a map; a plain value has one channel a number.
  var channels: Int {
    switch self {
    case .map(let channels, _, _): channels
    case .plain(let count): count
    }
  }

  var height: Int { if case .map(_, let height, _) = self { height } else { 1 } }
  var width: Int { if case .map(_, _, let width) = self { width } else { 1 } }
}
