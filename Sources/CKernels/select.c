#include "tables.h"

const ek_kernels *ek_kernels_for(ek_isa isa) {
  switch (isa) {
  case EK_BASELINE:
    return &ek_baseline;
#if defined(__x86_64__)
  case EK_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") ? &ek_avx2 : 0;
  case EK_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
               ? &ek_avx512
               : 0;
#endif
  default:
    return 0;
  }
}
