// Depthwise convolution: every channel by itself, so that lanes never mix. Runs of output pixels stay in registers
// while the rows of the window are added up. The common widths of windows are unrolled: each input pixel is loaded once
// a row and meets all its taps; runs at the border skip the pixels that are not there.

struct depthwise_row {
  const ek_convolution *c;
  const float *input, *weights, *bias, *residual; // of the block; of the output row
  float *output;
  long y, ky, ky_end;    // the first tap's input row; the taps that fall into the input
  float minimum, maximum;
};

INLINE void depthwise_store(const struct depthwise_row *d, long ox, vec sum) {
  if (d->residual) sum += load(d->residual + ox * B);
  store(d->output + ox * B, clamped_lanes(sum, d->minimum, d->maximum));
}

/// `count` pixels from `ox` on; `taps` columns of the window.
INLINE void depthwise_run(const struct depthwise_row *d, long ox, const int taps, const int stride, const int count,
                          const int is_border) {
  const ek_convolution *c = d->c;
  const long x = ox * stride - c->window.pad_left, width = c->width;
  vec sum[14]; // count at most
  UNROLL for (int p = 0; p < count; p++) sum[p] = load(d->bias);
  for (long ky = d->ky; ky < d->ky_end; ky++) {
    const float *row = d->input + (d->y + ky * c->window.dilation_y) * width * B;
    vec factor[7]; // taps at most
    UNROLL for (int kx = 0; kx < taps; kx++) factor[kx] = load(d->weights + (ky * taps + kx) * B);
    UNROLL for (int i = 0; i < (count - 1) * stride + taps; i++) {
      // Less padding than taps: pixels in the middle are there.
      if (is_border && i < taps - 1 && x + i < 0) continue;
      if (is_border && i >= (count - 1) * stride && x + i >= width) continue;
      const vec pixel = load(row + (x + i) * B);
      UNROLL for (int kx = 0; kx < taps; kx++)
        if (i >= kx && (i - kx) % stride == 0 && (i - kx) / stride < count)
          sum[(i - kx) / stride] += pixel * factor[kx];
    }
  }
  UNROLL for (int p = 0; p < count; p++) depthwise_store(d, ox + p, sum[p]);
}

typedef void depthwise_function(const struct depthwise_row *, long ox);

#define RUN(taps, stride, count)                                                                                     \
  static void depthwise_##taps##_##stride##_##count(const struct depthwise_row *d, long ox) {                        \
    depthwise_run(d, ox, taps, stride, count, 0);                                                                    \
  }                                                                                                                  \
  static void depthwise_##taps##_##stride##_##count##_border(const struct depthwise_row *d, long ox) {               \
    depthwise_run(d, ox, taps, stride, count, 1);                                                                    \
  }
#define NAMES(taps, stride, count)                                                                                   \
  {depthwise_##taps##_##stride##_##count, depthwise_##taps##_##stride##_##count##_border}
#if PIXELS_1 >= 14
#define RUNS(taps, stride)                                                                                           \
  RUN(taps, stride, 1) RUN(taps, stride, 2) RUN(taps, stride, 4) RUN(taps, stride, 7) RUN(taps, stride, 14)
#define ALL_NAMES(taps, stride)                                                                                      \
  {NAMES(taps, stride, 1), NAMES(taps, stride, 2), NAMES(taps, stride, 4), NAMES(taps, stride, 7),                   \
   NAMES(taps, stride, 14)}
static const int depthwise_lengths[] = {1, 2, 4, 7, 14};
#elif PIXELS_1 >= 8
#define RUNS(taps, stride) RUN(taps, stride, 1) RUN(taps, stride, 2) RUN(taps, stride, 4) RUN(taps, stride, 7)
#define ALL_NAMES(taps, stride)                                                                                      \
  {NAMES(taps, stride, 1), NAMES(taps, stride, 2), NAMES(taps, stride, 4), NAMES(taps, stride, 7)}
static const int depthwise_lengths[] = {1, 2, 4, 7};
#else
#define RUNS(taps, stride) RUN(taps, stride, 1) RUN(taps, stride, 2) RUN(taps, stride, 4)
#define ALL_NAMES(taps, stride) {NAMES(taps, stride, 1), NAMES(taps, stride, 2), NAMES(taps, stride, 4)}
static const int depthwise_lengths[] = {1, 2, 4};
#endif
#define LENGTHS (long)(sizeof depthwise_lengths / sizeof depthwise_lengths[0])

RUNS(3, 1)
RUNS(3, 2)
RUNS(5, 1)
RUNS(5, 2)
RUNS(7, 1)
RUNS(7, 2)

/// By window width 3, 5, 7; stride - 1; length; whether the run meets the border.
static depthwise_function *const depthwise_runs[3][2][LENGTHS][2] = {
    {ALL_NAMES(3, 1), ALL_NAMES(3, 2)},
    {ALL_NAMES(5, 1), ALL_NAMES(5, 2)},
    {ALL_NAMES(7, 1), ALL_NAMES(7, 2)},
};

/// `count` pixels from `ox` on for any window, of which all taps [kx, kx_end) fall into the input.
INLINE void depthwise_pixels(const struct depthwise_row *d, long ox, long kx, long kx_end, const int count) {
  const ek_convolution *c = d->c;
  const ek_window *w = &c->window;
  vec sum[4];
  UNROLL for (int p = 0; p < count; p++) sum[p] = load(d->bias);
  for (long i = d->ky; i < d->ky_end; i++) {
    const float *row = d->input + ((d->y + i * w->dilation_y) * c->width + ox * w->stride_x - w->pad_left) * B;
    for (long j = kx; j < kx_end; j++) {
      const float *from = row + j * w->dilation_x * B;
      const vec factor = load(d->weights + (i * w->kernel_width + j) * B);
      UNROLL for (int p = 0; p < count; p++) sum[p] += load(from + p * w->stride_x * B) * factor;
    }
  }
  UNROLL for (int p = 0; p < count; p++) depthwise_store(d, ox + p, sum[p]);
}

/// A row of output pixels, of which [inside, outside) see no border.
static void depthwise_any_row(const struct depthwise_row *d, long inside, long outside) {
  const ek_convolution *c = d->c;
  const ek_window *w = &c->window;
  for (long ox = 0; ox < c->out_width;) {
    if (ox >= inside && ox + 4 <= outside) {
      depthwise_pixels(d, ox, 0, w->kernel_width, 4);
      ox += 4;
    } else {
      long kx, kx_end;
      taps_within(ox * w->stride_x - w->pad_left, w->dilation_x, w->kernel_width, 0, c->width, &kx, &kx_end);
      depthwise_pixels(d, ox++, kx, kx_end, 1);
    }
  }
}

/// The same by unrolled runs. The last one overlaps the one before it where need be.
static void depthwise_row_by_runs(const struct depthwise_row *d, long inside, long outside) {
  const ek_convolution *c = d->c;
  const long width = c->out_width;
  for (long ox = 0, end; ox < width; ox = end) {
    long length = 2;
    while (length + 1 < LENGTHS && depthwise_lengths[length] < width - ox) length++;
    while (depthwise_lengths[length] > width) length--;
    const long count = depthwise_lengths[length];
    const long start = least(ox, width - count);
    end = start + count;
    const int is_border = start < inside || end > outside;
    depthwise_runs[c->window.kernel_width / 2 - 1][c->window.stride_x - 1][length][is_border](d, start);
  }
}

/// Weights of 16 bits are widened first, all of them: a channel has few.
static long depthwise_scratch_count(const ek_convolution *c) { return c->element == EK_F32 ? 0 : packed_count(c); }

static const float *depthwise_weights(const ek_convolution *c, const ek_team *team) {
  if (c->element == EK_F32) return c->weights;
  long first, end;
  ek_share(team, packed_count(c), &first, &end);
  ek_widen(c->element, end - first, (const unsigned short *)c->weights + first, c->scratch + first);
  ek_wait(team);
  return c->scratch;
}

static void convolve_depthwise(const ek_convolution *c, const ek_team *team) {
  const ek_window *w = &c->window;
  const long reach = (w->kernel_width - 1) * w->dilation_x;
  const long inside = least((w->pad_left + w->stride_x - 1) / w->stride_x, c->out_width);
  const long room = c->width - 1 - reach + w->pad_left;
  const long outside = most(inside, room < 0 ? 0 : least(room / w->stride_x + 1, c->out_width));
  const int is_unrolled = (w->kernel_width == 3 || w->kernel_width == 5 || w->kernel_width == 7) &&
                          w->stride_x <= 2 && w->dilation_x == 1 && w->pad_left < w->kernel_width &&
                          w->pad_right < w->kernel_width;
  const int is_clamped = c->activation.function == EK_CLAMP;
  const long row = c->out_width * B;
  const float *weights = depthwise_weights(c, team);

  long first, end;
  ek_share(team, blocks(c->channels) * c->out_height, &first, &end);
  for (long i = first; i < end; i++) {
    const long block = i / c->out_height, oy = i % c->out_height;
    struct depthwise_row d = {
        .c = c,
        .input = c->input + block * c->height * c->width * B,
        .weights = weights + block * taps_of(c) * B,
        .bias = c->bias + block * B,
        .residual = c->residual ? c->residual + i * row : 0,
        .output = c->output + i * row,
        .y = oy * w->stride_y - w->pad_top,
        .minimum = is_clamped ? c->activation.a : -__builtin_inff(),
        .maximum = is_clamped ? c->activation.b : __builtin_inff(),
    };
    taps_within(d.y, w->dilation_y, w->kernel_height, 0, c->height, &d.ky, &d.ky_end);
    if (is_unrolled)
      depthwise_row_by_runs(&d, inside, outside);
    else
      depthwise_any_row(&d, inside, outside);
    if (!is_clamped) activate(&c->activation, row, d.output, d.output);
  }
}

#undef RUN
#undef RUNS
#undef NAMES
#undef ALL_NAMES
#undef LENGTHS
