// The kernels of one instruction set. Included once per set, after definitions of
//   B             channels in a block
//   TABLE         the table's name
//   REGISTERS     registers that a block takes
//   VECTORS       rows of x that a product with rows of weights takes at a time
//   ROWS, PANEL   rows and blocks of columns in a tile of a product of matrices: 6, 8 or 14, and 1 or 2
//   WIDEST        blocks of output channels in a convolution's widest tile: 1 or 2
//   PIXELS_1, _2  most pixels in a tile of one block, of two blocks
//   WEIGHT_BYTES  how much of a tile's weights, and
//   INPUT_BYTES   how much input, to work on at a time, so that both stay in the second-level cache
//   HAS_F16       whether the set converts 16-bit floats
// No include guard: every inclusion makes its own static functions.

/// A block's lanes. Unaligned, so that it can be loaded from anywhere.
typedef float vec __attribute__((ext_vector_type(B), aligned(4), may_alias));

#if defined(__aarch64__)
// Multiplications take a factor from any lane of a register: four channels of a pixel are one load.
typedef float quad __attribute__((ext_vector_type(4), aligned(4), may_alias));
#endif

// Blocks never cross a real call: everything that takes or returns one is inlined. So what their calling convention
// would be without wide registers does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }

INLINE float clamped(float x, float minimum, float maximum) {
  x = minimum > x ? minimum : x;
  return maximum < x ? maximum : x;
}

INLINE vec clamped_lanes(vec x, float minimum, float maximum) {
  const vec low = (vec)(minimum), high = (vec)(maximum);
  x = low > x ? low : x;
  return high < x ? high : x;
}

INLINE long least(long a, long b) { return a < b ? a : b; }
INLINE long most(long a, long b) { return a > b ? a : b; }
INLINE long blocks(long channels) { return (channels + B - 1) / B; }

/// The taps [first, end) of a window starting at `start` that fall into [low, high).
INLINE void taps_within(long start, long dilation, long taps, long low, long high, long *first, long *end) {
  long f = start >= low ? 0 : (low - start + dilation - 1) / dilation;
  long e = start >= high ? 0 : (high - start + dilation - 1) / dilation;
  *first = f;
  *end = least(e, taps);
  if (*end < *first) *end = *first;
}

#include "functions.h"
#include "lanes.h"
#include "widening.h"
#include "packing.h"
#include "tile.h"
#include "depthwise.h"
#include "schedule.h"
#include "copying.h"
#include "convolution.h"
#include "winograd.h"
#include "winograd_cost.h"
#include "dispatch.h"
#include "elements.h"
#include "layout.h"
#include "linear.h"
#include "panels.h"
#include "matmul.h"
#include "multiply.h"
#include "outer_sums.h"
#include "winograd_gradient.h"
#include "weight_gradient.h"
#include "spreading.h"
#include "normalization.h"
#include "peak.h"
#include "pooling.h"
#include "response.h"
#include "batch_statistics.h"
#include "normalization_gradients.h"
#include "function_gradients.h"
#include "pooling_gradients.h"
#include "layer_gradients.h"
#include "sums.h"
#include "move.h"
#include "update.h"
#include "dropout.h"

const ek_kernels TABLE = {
    .block = B,
    .packed_count = packed_count,
    .pack = pack,
    .best_method = best_method,
    .transformed_count = transformed_count,
    .transform = transform,
    .scratch_count = scratch_count,
    .convolve = convolve,
    .packed_linear_count = packed_linear_count,
    .pack_linear = pack_linear,
    .linear = linear,
    .multiplication_scratch = multiplication_scratch,
    .multiply = multiply_matrices,
    .pool = pool,
    .pool_globally = pool_globally,
    .from_planes = from_planes,
    .to_planes = to_planes,
    .binary = binary,
    .unary = unary,
    .scale = scale,
    .normalize_response = normalize_response,
    .normalize_layer = normalize_layer,
    .softmax = softmax,
    .moments = moments,
    .join_moments = join_moments,
    .normalization_sums = normalization_sums,
    .join_normalization_sums = join_normalization_sums,
    .gradient_by_normalization = gradient_by_normalization,
    .gradient_by_function = gradient_by_function,
    .gradient_by_pool = gradient_by_pool,
    .gradient_by_global_pool = gradient_by_global_pool,
    .gradient_by_softmax = gradient_by_softmax,
    .gradient_by_layer_normalization = gradient_by_layer_normalization,
    .channel_sums = channel_sums,
    .row_sums = row_sums,
    .move = move,
    .mix = mix,
    .drop_out = drop_out,
    .update = update,
    .weight_gradient_scratch = weight_gradient_scratch,
    .gradient_by_weights = gradient_by_weights,
    .spread = spread,
    .probe_flops = 2 * CHAINS * B,
    .multiply_add = multiply_add,
    .read_memory = read_memory,
};
