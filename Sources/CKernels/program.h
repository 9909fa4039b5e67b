#pragma once
#include "CKernels.h"

/// A member's part in one step.
void ek_carry_out_one(const ek_kernels *kernels, const ek_step *step, const ek_team *team);
/// A member's part in a program: every step, all members in step.
void ek_carry_out(const ek_kernels *kernels, const ek_step *steps, long count, const ek_team *team);

/// What all threads of a pool do together. It ends with a wait for the others.
typedef void ek_work(const void *context, const ek_team *team);
/// Lets all threads do it, the caller too. One caller at a time.
void ek_pool_do(ek_pool *pool, ek_work *work, const void *context);
