#if defined(__x86_64__)
#include "tables.h"

#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define B 8
#define TABLE ek_avx2
#include "body/kernels.h"

#pragma clang attribute pop
#endif
