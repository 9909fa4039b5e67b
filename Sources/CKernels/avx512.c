#if defined(__x86_64__)
#include "tables.h"

#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,f16c"))), apply_to = function)

// 32 registers of 16 floats; processors that have them have 1 MiB or more of second-level cache.
#define B 16
#define REGISTERS 1
#define VECTORS 4
#define ROWS 14
#define PANEL 2
#define TABLE ek_avx512
#define WIDEST 2
#define PIXELS_1 14
#define PIXELS_2 14
#define WEIGHT_BYTES (128 << 10)
#define INPUT_BYTES (384 << 10)
#define HAS_F16 1
#include "body/kernels.h"

#pragma clang attribute pop
#endif
