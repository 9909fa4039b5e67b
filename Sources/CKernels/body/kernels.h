// The kernels of one instruction set. Included once per set, with B (channels in a block) and TABLE defined.
// No include guard: every inclusion makes its own static functions.

static inline float clamped(float x, float minimum, float maximum) {
  x = minimum > x ? minimum : x;
  return maximum < x ? maximum : x;
}

static inline long blocks(long channels) { return (channels + B - 1) / B; }

#include "convolution.h"
#include "elements.h"
#include "layout.h"
#include "linear.h"
#include "pooling.h"

const ek_kernels TABLE = {
    .block = B,
    .packed_count = packed_count,
    .pack = pack,
    .scratch_count = scratch_count,
    .convolve = convolve,
    .linear = linear,
    .max_pool = max_pool,
    .average_pool = average_pool,
    .global_average = global_average,
    .global_max = global_max,
    .from_planes = from_planes,
    .to_planes = to_planes,
    .clamp = clamp,
    .add = add,
    .multiply = multiply,
    .scale = scale,
    .normalize_response = normalize_response,
};
