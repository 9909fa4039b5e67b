// The innermost part of a weight gradient: for a column of taps, sums over output pixels of gradient x input, the sums
// of up to three taps, some input channels and one or two blocks of output channels staying in registers. A pixel's
// gradient is loaded once for all of them, and its input once for all blocks.

/// What to sum up. Strides are in floats.
struct outer_sum {
  const float *input;    // of the first sample: row 0, the column and channel that the first pixel meets
  const float *gradient; // of the first sample: row 0, the first pixel
  long input_sample, input_row, input_pixel, input_lane;
  long gradient_sample, gradient_row, gradient_block;
  long sample, row, lines, rows; // where to start, how many rows of the output to take, how many a sample has
  long y, stride_y, dilation_y, height; // the input row that the first tap meets in row 0 of the output
  long pixels;                          // in a line
  float *sums;
  long tap_sums, lane_sums; // from one tap's sums to the next one's, from one channel's
};

typedef void outer_function(const struct outer_sum *);

/// What an input pixel is: channels side by side, channels far apart, or a block that meets its own channels only.
enum pixel_kind { MAP_PIXEL, PLANE_PIXEL, DEPTHWISE_PIXEL };

/// `sets` pixels, each to sums of its own, by taps [first, end) of `taps`.
INLINE void add_outer(const struct outer_sum *s, const enum pixel_kind kind, const float *gradient, const float *input,
                      vec *sum, const int taps, const int first, const int end, const int lanes, const int width,
                      const int sets) {
  UNROLL for (int q = 0; q < sets; q++) {
    vec factor[WIDEST]; // width at most
    UNROLL for (int v = 0; v < width; v++) factor[v] = load(gradient + v * s->gradient_block + q * B);
    UNROLL for (int t = first; t < end; t++) {
      const float *at = input + (t - first) * s->dilation_y * s->input_row + q * s->input_pixel;
      UNROLL for (int l = 0; l < lanes; l++) {
        const vec x = kind == DEPTHWISE_PIXEL ? load(at) : (vec)(at[kind == PLANE_PIXEL ? l * s->input_lane : l]);
        UNROLL for (int v = 0; v < width; v++) sum[((q * taps + t) * lanes + l) * width + v] += x * factor[v];
      }
    }
  }
}

/// A line's pixels by taps [first, end); `input` is the first one's.
INLINE void add_line(const struct outer_sum *s, const enum pixel_kind kind, const float *gradient, const float *input,
                     vec *sum, const int taps, const int first, const int end, const int lanes, const int width,
                     const int sets) {
  long left = s->pixels;
  for (; left >= sets; left -= sets) {
    add_outer(s, kind, gradient, input, sum, taps, first, end, lanes, width, sets);
    gradient += sets * B;
    input += sets * s->input_pixel;
  }
  if (sets > 1)
    for (; left > 0; left--) {
      add_outer(s, kind, gradient, input, sum, taps, first, end, lanes, width, 1);
      gradient += B;
      input += s->input_pixel;
    }
}

/// Few sums are kept in `sets`, to hide the latency of sums.
INLINE void add_lines(const struct outer_sum *given, const enum pixel_kind kind, const int taps, const int lanes,
                      const int width, const int sets) {
  const struct outer_sum copy = *given, *s = &copy;
  const int count = taps * lanes * width;
  vec sum[32]; // sets * count at most
  UNROLL for (int t = 0; t < taps; t++)
    UNROLL for (int l = 0; l < lanes; l++)
      UNROLL for (int v = 0; v < width; v++)
        sum[(t * lanes + l) * width + v] = load(s->sums + t * s->tap_sums + l * s->lane_sums + v * B);
  UNROLL for (int i = count; i < sets * count; i++) sum[i] = (vec)0.0f;

  long sample = s->sample, row = s->row;
  for (long line = 0; line < s->lines; line++) {
    const long y = s->y + row * s->stride_y;
    const float *gradient = s->gradient + sample * s->gradient_sample + row * s->gradient_row;
    const float *input = s->input + sample * s->input_sample;
    if (y >= 0 && y + (taps - 1) * s->dilation_y < s->height) {
      add_line(s, kind, gradient, input + y * s->input_row, sum, taps, 0, taps, lanes, width, sets);
    } else {
      // Above the border or below it some taps meet nothing.
      UNROLL for (int t = 0; t < taps; t++) {
        const long at = y + t * s->dilation_y;
        if (at >= 0 && at < s->height)
          add_line(s, kind, gradient, input + at * s->input_row, sum, taps, t, t + 1, lanes, width, sets);
      }
    }
    if (++row == s->rows) row = 0, sample++;
  }

  UNROLL for (int q = 1; q < sets; q++)
    UNROLL for (int i = 0; i < count; i++) sum[i] += sum[q * count + i];
  UNROLL for (int t = 0; t < taps; t++)
    UNROLL for (int l = 0; l < lanes; l++)
      UNROLL for (int v = 0; v < width; v++)
        store(s->sums + t * s->tap_sums + l * s->lane_sums + v * B, sum[(t * lanes + l) * width + v]);
}

// Channels of the sums of `taps` taps by `width` blocks: 16 to 24 registers of 32, 8 to 12 of 16.
#if B == 16
#define LANES(taps, width) ((taps) == 1 ? 16 / (width) : 8 / (width))
#elif defined(__aarch64__)
#define LANES(taps, width) ((taps) == 1 ? 8 : 4)
#else
#define LANES(taps, width) ((taps) == 1 ? 8 / REGISTERS / (width) : 4 / REGISTERS / (width))
#endif

/// So many taps at once, and channels where they are too few or too far apart for the others.
enum { MOST_TAPS = 3, MOST_NARROW = 3 };

#define OUTER_SETS(count) ((count) * REGISTERS <= 3 ? 4 : (count) * REGISTERS <= 6 ? 2 : 1)
#define WIDE(taps, width)                                                                                              \
  static void outer_##taps##x##width(const struct outer_sum *s) {                                                      \
    add_lines(s, MAP_PIXEL, taps, LANES(taps, width), width, 1);                                                       \
  }
#define NARROW(taps, lanes)                                                                                            \
  static void outer_narrow_##taps##x##lanes(const struct outer_sum *s) {                                               \
    add_lines(s, MAP_PIXEL, taps, lanes, 1, OUTER_SETS((taps) * (lanes)));                                             \
  }                                                                                                                    \
  static void outer_planes_##taps##x##lanes(const struct outer_sum *s) {                                               \
    add_lines(s, PLANE_PIXEL, taps, lanes, 1, OUTER_SETS((taps) * (lanes)));                                           \
  }
#define DEPTHWISE(taps)                                                                                                \
  static void outer_depthwise_##taps(const struct outer_sum *s) {                                                      \
    add_lines(s, DEPTHWISE_PIXEL, taps, 1, 1, OUTER_SETS(taps));                                                       \
  }

WIDE(1, 1)
WIDE(2, 1)
WIDE(3, 1)
#if WIDEST >= 2
WIDE(1, 2)
WIDE(2, 2)
WIDE(3, 2)
#endif
NARROW(1, 1)
NARROW(1, 2)
NARROW(1, 3)
NARROW(2, 1)
NARROW(2, 2)
NARROW(2, 3)
NARROW(3, 1)
NARROW(3, 2)
NARROW(3, 3)
DEPTHWISE(1)
DEPTHWISE(2)
DEPTHWISE(3)

/// By width - 1 and taps - 1.
static outer_function *const outer_wide[WIDEST][MOST_TAPS] = {
    {outer_1x1, outer_2x1, outer_3x1},
#if WIDEST >= 2
    {outer_1x2, outer_2x2, outer_3x2},
#endif
};

/// Of maps and of planes, by taps - 1 and channels - 1.
static outer_function *const outer_narrow[2][MOST_TAPS][MOST_NARROW] = {
    {
        {outer_narrow_1x1, outer_narrow_1x2, outer_narrow_1x3},
        {outer_narrow_2x1, outer_narrow_2x2, outer_narrow_2x3},
        {outer_narrow_3x1, outer_narrow_3x2, outer_narrow_3x3},
    },
    {
        {outer_planes_1x1, outer_planes_1x2, outer_planes_1x3},
        {outer_planes_2x1, outer_planes_2x2, outer_planes_2x3},
        {outer_planes_3x1, outer_planes_3x2, outer_planes_3x3},
    },
};

static outer_function *const outer_depthwise[MOST_TAPS] = {outer_depthwise_1, outer_depthwise_2, outer_depthwise_3};

#undef WIDE
#undef NARROW
#undef DEPTHWISE
#undef OUTER_SETS
