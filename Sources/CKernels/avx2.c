#if defined(__x86_64__)
#include "tables.h"

#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

// 16 registers of 8 floats.
#define B 8
#define REGISTERS 1
#define VECTORS 2
#define ROWS 6
#define PANEL 2
#define TABLE ek_avx2
#define WIDEST 2
#define PIXELS_1 12
#define PIXELS_2 6
#define WEIGHT_BYTES (64 << 10)
#define INPUT_BYTES (128 << 10)
#define HAS_F16 1
#include "body/kernels.h"

#pragma clang attribute pop
#endif
