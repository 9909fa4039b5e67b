#pragma once
// Kernels for a batch of samples. Included by CKernels.h.

enum { EK_OPERANDS = 9 };

/// Where one of a step's operands lies: `base`, null where it is not given, and so many floats on for each sample and
/// for each member of the team.
typedef struct ek_operand {
  float *base;
  long sample, member;
} ek_operand;

/// A step, and where its operands lie: in the order in which the kernel's description names its pointers.
typedef struct ek_batch_step {
  ek_step step;
  ek_operand operands[EK_OPERANDS];
} ek_batch_step;

typedef enum ek_sharing {
  /// Each member goes through all the steps by itself for each of its samples.
  EK_BY_SAMPLE,
  /// All members carry out each step together, once.
  EK_TOGETHER,
  /// Each member carries out some of the steps by itself; they do not depend on each other.
  EK_BY_STEP,
} ek_sharing;

/// Steps [first, first + count) of which each is carried out in the same way. All are done when the next phase begins.
typedef struct ek_phase {
  ek_sharing sharing;
  long first, count;
} ek_phase;

/// Carries out phases in order by the pool, or where it is null by the caller alone.
void ek_run_batch(ek_pool *pool, const ek_kernels *kernels, const ek_batch_step *steps, const ek_phase *phases,
                  long count, long samples);
