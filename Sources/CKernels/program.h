#pragma once
#include "CKernels.h"

/// A member's part in a program: every step, all members in step.
void ek_carry_out(const ek_kernels *kernels, const ek_step *steps, long count, const ek_team *team);
