#include "tables.h"

#include <math.h>
#include <string.h>

// What every processor of the architecture has. A block is two registers of four floats.
#define B 8
#define REGISTERS 2
#define VECTORS 1
#define PANEL 1
#define TABLE ek_baseline
// One block of output channels a tile: two of them would spill.
#define WIDEST 1
#if defined(__aarch64__)
#define PIXELS_1 8
#define ROWS 8
#define HAS_F16 1
#else
#define PIXELS_1 6
#define ROWS 6
#define HAS_F16 0
#endif
#define PIXELS_2 0
#define WEIGHT_BYTES (64 << 10)
#define INPUT_BYTES (128 << 10)
#include "body/kernels.h"
