#if defined(__x86_64__)
#include "tables.h"

#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)

#define B 16
#define TABLE ek_avx512
#include "body/kernels.h"

#pragma clang attribute pop
#endif
