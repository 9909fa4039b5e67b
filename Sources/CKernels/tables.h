#pragma once
#include "CKernels.h"

extern const ek_kernels ek_baseline;
#if defined(__x86_64__)
extern const ek_kernels ek_avx2;
extern const ek_kernels ek_avx512;
#endif
