// The innermost part of a convolution: a tile of output pixels x output blocks stays in registers while all taps and
// input channels of a chunk are added up.

/// What a tile computes. Strides are in floats.
struct tile {
  const float *input; // first pixel's first tap, first input block of the chunk
  long input_block;   // from one input block to the next
  long inputs, last_lanes;
  const long *taps; // where each tap lies, from the first
  long tap_count;
  const float *weights;
  const float *bias; // null: go on from what the chunks before left in the output
  float *output;
  const float *residual; // null, or laid out as the output: of the last chunk
  long output_block;
  float minimum, maximum; // infinite but for the last chunk
  const char *ahead; // null, or weights that are needed soon: so many cache lines of them are fetched with each tap
  long ahead_lines;
};

typedef void tile_function(const struct tile *);

/// `pixels`, `step` floats apart in the input, by `width` blocks. Small tiles keep `sets` of partial sums, to hide the
/// latency of sums.
INLINE void compute_tile(const struct tile *t, const int pixels, const int step, const int width, const int sets) {
  float *const output = t->output;
  const float *const bias = t->bias, *const residual = t->residual;
  const long output_block = t->output_block;
  const float minimum = t->minimum, maximum = t->maximum;
  vec sum[32]; // sets * pixels * width at most
  UNROLL for (int p = 0; p < pixels; p++)
    UNROLL for (int v = 0; v < width; v++)
      sum[p * width + v] = bias ? load(bias + v * B) : load(output + v * output_block + p * B);
  UNROLL for (int i = pixels * width; i < sets * pixels * width; i++) sum[i] = (vec)0.0f;

  const float *w = t->weights;
  const char *ahead = t->ahead;
  for (long i = 0; i < t->inputs; i++) {
    const float *block = t->input + i * t->input_block;
    const long lanes = i == t->inputs - 1 ? t->last_lanes : B;
    for (long tap = 0; tap < t->tap_count; tap++) {
      const float *from = block + t->taps[tap];
      if (ahead)
        for (long line = 0; line < t->ahead_lines; line++, ahead += 64) __builtin_prefetch(ahead, 0, 2);
      long lane = 0;
#if defined(__aarch64__)
      if (sets == 1 && step > 1)
        for (; lane + 4 <= lanes; lane += 4, w += 4 * width * B, from += 4) {
          quad x[8]; // pixels at most
          UNROLL for (int p = 0; p < pixels; p++) x[p] = *(const quad *)(from + p * step);
          UNROLL for (int s = 0; s < 4; s++)
            UNROLL for (int v = 0; v < width; v++) {
              const vec factor = load(w + (s * width + v) * B);
              UNROLL for (int p = 0; p < pixels; p++) sum[p * width + v] += (vec)(x[p][s]) * factor;
            }
        }
#endif
      for (; lane + sets <= lanes; lane += sets) {
        UNROLL for (int s = 0; s < sets; s++) {
          vec factor[WIDEST];
          UNROLL for (int v = 0; v < width; v++) factor[v] = load(w + (s * width + v) * B);
          UNROLL for (int p = 0; p < pixels; p++) {
            const vec x = (vec)(from[p * step + s]);
            UNROLL for (int v = 0; v < width; v++) sum[(s * pixels + p) * width + v] += x * factor[v];
          }
        }
        w += sets * width * B;
        from += sets;
      }
      if (sets > 1)
        for (; lane < lanes; lane++, w += width * B, from++)
          UNROLL for (int p = 0; p < pixels; p++) {
            const vec x = (vec)(from[p * step]);
            UNROLL for (int v = 0; v < width; v++) sum[p * width + v] += x * load(w + v * B);
          }
    }
  }

  UNROLL for (int s = 1; s < sets; s++)
    UNROLL for (int i = 0; i < pixels * width; i++) sum[i] += sum[s * pixels * width + i];
  if (residual)
    UNROLL for (int p = 0; p < pixels; p++)
      UNROLL for (int v = 0; v < width; v++) sum[p * width + v] += load(residual + v * output_block + p * B);
  UNROLL for (int p = 0; p < pixels; p++)
    UNROLL for (int v = 0; v < width; v++)
      store(output + v * output_block + p * B, clamped_lanes(sum[p * width + v], minimum, maximum));
}

/// Partial sums that fill eight registers or so, as far as the tile leaves room for them.
#define SETS(vectors) ((vectors) * REGISTERS > 4 ? 1 : (vectors) * REGISTERS > 2 ? 2 : 4)
/// Of a map's pixels, and of a plane's.
#define TILE(pixels, width)                                                                                            \
  static void tile_##pixels##x##width(const struct tile *t) {                                                          \
    compute_tile(t, pixels, B, width, SETS((pixels) * (width)));                                                       \
  }                                                                                                                    \
  static void plane_tile_##pixels##x##width(const struct tile *t) { compute_tile(t, pixels, 1, width, 1); }

#define TO_6(of, width) of(1, width) of(2, width) of(3, width) of(4, width) of(5, width) of(6, width)
#define TO_8(of, width) TO_6(of, width) of(7, width) of(8, width)
#define TO_12(of, width) TO_8(of, width) of(9, width) of(10, width) of(11, width) of(12, width)
#define TO_14(of, width) TO_12(of, width) of(13, width) of(14, width)
#define TO_28(of, width)                                                                                               \
  TO_14(of, width) of(15, width) of(16, width) of(17, width) of(18, width) of(19, width) of(20, width) of(21, width)   \
  of(22, width) of(23, width) of(24, width) of(25, width) of(26, width) of(27, width) of(28, width)
#define TO__(n, of, width) TO_##n(of, width)
#define TO(n, of, width) TO__(n, of, width)
// Where a block takes a register, a tile of one block may have as many sums as one of two.
#if PIXELS_1 >= 14
#define LONGEST 28
#else
#define LONGEST PIXELS_1
#endif
enum { LONGEST_TILE = LONGEST };

TO(LONGEST, TILE, 1)
#if WIDEST >= 2
TO(PIXELS_2, TILE, 2)
#endif

#define NAME(pixels, width) [pixels] = tile_##pixels##x##width,
#define PLANE_NAME(pixels, width) [pixels] = plane_tile_##pixels##x##width,
/// Tiles of maps and of planes, by width - 1 and pixels.
static tile_function *const tiles[2][WIDEST][LONGEST_TILE + 1] = {
    {
        {TO(LONGEST, NAME, 1)},
#if WIDEST >= 2
        {TO(PIXELS_2, NAME, 2)},
#endif
    },
    {
        {TO(LONGEST, PLANE_NAME, 1)},
#if WIDEST >= 2
        {TO(PIXELS_2, PLANE_NAME, 2)},
#endif
    },
};

#undef SETS
#undef TILE
#undef TO_6
#undef TO_8
#undef TO_12
#undef TO_14
#undef TO_28
#undef TO__
#undef TO
#undef LONGEST
#undef NAME
#undef PLANE_NAME
