// Direct convolution on blocked channels.
//
// The output is computed band by band (some rows, or a run of pixels), and the input channels chunk by chunk, so that
// a band's input and a tile's weights of a chunk stay in the second-level cache, and weights are read once a band.
// Where the window is padded or strides along x, a band's input is first copied: zeros around it, and pixels that the
// same tap meets side by side (columns 0, s, 2s, ... then 1, s + 1, ...). So tiles know neither border nor stride.

struct schedule {
  int copies;         // the input is copied
  int is_flat;        // 1 x 1 without stride: all pixels are one row
  long height, width; // of the output, as flattened
  long band_rows, band_columns;
  long chunk;       // input blocks
  long row_unit;    // input rows from one copied row to the next
  long phases;      // columns modulo the stride that some tap meets
  long phase_width; // pixels of each phase in a copied row
};

INLINE long copied_rows(const ek_convolution *c, const struct schedule *s, long rows) {
  const ek_window *w = &c->window;
  return s->row_unit > 1 ? rows : (rows - 1) * w->stride_y + (w->kernel_height - 1) * w->dilation_y + 1;
}

/// Which phase (a number below `phases`) a tap column is in: phases are numbered as tap columns first meet them.
static long phase_of(const ek_window *w, long kx) {
  long phase = 0;
  for (long other = 0; other <= kx; other++) {
    if (other * w->dilation_x % w->stride_x == kx * w->dilation_x % w->stride_x) return phase;
    int is_new = 1;
    for (long before = 0; before < other; before++)
      is_new &= before * w->dilation_x % w->stride_x != other * w->dilation_x % w->stride_x;
    phase += is_new;
  }
  return phase;
}

static struct schedule schedule_of(const ek_convolution *c) {
  const ek_window *w = &c->window;
  struct schedule s = {.height = c->out_height, .width = c->out_width, .row_unit = 1, .phases = 1};
  int is_padded = w->pad_top || w->pad_left || w->pad_bottom || w->pad_right;
  s.copies = is_padded || w->stride_x > 1;
  s.is_flat = !s.copies && taps_of(c) == 1 && w->stride_y == 1;
  if (s.is_flat) {
    s.width *= s.height;
    s.height = 1;
  }
  if (s.copies) {
    if (w->kernel_height == 1) s.row_unit = w->stride_y;
    for (long kx = 1; kx < w->kernel_width; kx++) s.phases = most(s.phases, phase_of(w, kx) + 1);
    s.phase_width = s.width + (w->kernel_width - 1) * w->dilation_x / w->stride_x;
  }

  // Channels of different groups meet in a band's copy, so that grouped convolutions take all of them at once.
  long inputs = blocks(c->channels);
  long largest = c->groups > 1 ? inputs : most(1, WEIGHT_BYTES / (taps_of(c) * B * tile_width(c) * B * 4));
  long chunks = (inputs + largest - 1) / largest;
  s.chunk = (inputs + chunks - 1) / chunks;

  s.band_rows = s.height;
  s.band_columns = s.width;
  if (s.is_flat) {
    long fit = INPUT_BYTES / (s.chunk * B * 4) / PIXELS_1 * PIXELS_1;
    s.band_columns = least(s.width, most(fit, PIXELS_1));
  } else {
    long row_bytes = (s.copies ? s.phases * s.phase_width : c->width) * B * 4 * s.chunk;
    long fit = INPUT_BYTES / most(row_bytes, 1);
    long below = s.row_unit > 1 ? 0 : (w->kernel_height - 1) * w->dilation_y;
    long rows = s.row_unit > 1 ? fit : (fit - below - 1) / w->stride_y + 1;
    // Less than four rows would copy most input rows several times.
    s.band_rows = least(s.height, most(rows, 4));
  }
  long bands = (s.height + s.band_rows - 1) / s.band_rows;
  s.band_rows = (s.height + bands - 1) / bands;
  return s;
}

/// Floats that hold the table of taps, a multiple of a cache line.
INLINE long tap_floats(const ek_convolution *c) {
  return (taps_of(c) * (long)(sizeof(long) / sizeof(float)) + 15) / 16 * 16;
}

INLINE long copy_floats(const ek_convolution *c, const struct schedule *s) {
  return s->copies ? s->chunk * copied_rows(c, s, s->band_rows) * s->phases * s->phase_width * B : 0;
}

/// The largest copy of a band, in floats: 64 MiB. What needs more has its taps far out in the padding.
#define LARGEST_COPY (16 << 20)

static long direct_scratch_count(const ek_convolution *c, long threads) {
  (void)threads;
  struct schedule s = schedule_of(c);
  const long copied = copy_floats(c, &s);
  return tap_floats(c) + (copied > LARGEST_COPY ? 0 : copied);
}

/// Copies input blocks [first, end) for output rows [oy, oy + rows).
static void copy_band(const ek_convolution *c, const struct schedule *s, const float *input, long first, long end,
                      long oy, long rows, float *to) {
  const ek_window *w = &c->window;
  const vec zero = (vec)0.0f;
  for (long block = first; block < end; block++)
    for (long r = 0; r < copied_rows(c, s, rows); r++) {
      long y = oy * w->stride_y - w->pad_top + r * s->row_unit;
      if (y < 0 || y >= c->height) {
        memset(to, 0, s->phases * s->phase_width * B * sizeof(float));
        to += s->phases * s->phase_width * B;
        continue;
      }
      const float *from = input + (block * c->height + y) * c->width * B;
      long phase = 0;
      for (long kx = 0; kx < w->kernel_width && phase < s->phases; kx++) {
        if (phase_of(w, kx) != phase) continue;
        phase++;
        // Pixel j of the phase is column `start + j * stride_x`; those in [left, right) exist.
        long start = kx * w->dilation_x % w->stride_x - w->pad_left;
        long left = start >= 0 ? 0 : (-start + w->stride_x - 1) / w->stride_x;
        long right = c->width <= start ? 0 : (c->width - start + w->stride_x - 1) / w->stride_x;
        left = least(left, s->phase_width);
        right = most(left, least(right, s->phase_width));
        for (long j = 0; j < left; j++) store(to + j * B, zero);
        for (long j = left; j < right; j++) store(to + j * B, load(from + (start + j * w->stride_x) * B));
        for (long j = right; j < s->phase_width; j++) store(to + j * B, zero);
        to += s->phase_width * B;
      }
    }
}

/// Pixel by pixel and tap by tap, for windows so far apart that their padded input could not be held. Slow, and as
/// sparing with memory as any other.
static void convolve_in_place(const ek_convolution *c, const float *input, const float *residual, float *output) {
  const ek_window *w = &c->window;
  const long plane = c->height * c->width * B, out_plane = c->out_height * c->out_width * B, here = 0;
  struct slab slab = {0};
  while (next_slab(c, &slab))
    for (long oy = 0; oy < c->out_height; oy++)
      for (long ox = 0; ox < c->out_width; ox++) {
        const long y = oy * w->stride_y - w->pad_top, x = ox * w->stride_x - w->pad_left;
        const long at = slab.first_block * out_plane + (oy * c->out_width + ox) * B;
        long ky, ky_end, kx, kx_end;
        taps_within(y, w->dilation_y, w->kernel_height, 0, c->height, &ky, &ky_end);
        taps_within(x, w->dilation_x, w->kernel_width, 0, c->width, &kx, &kx_end);
        for (long v = 0; v < slab.width; v++)
          store(output + at + v * out_plane, load(c->bias + (slab.first_block + v) * B));
        for (long i = 0; i < slab.inputs; i++) {
          const long lanes = i == slab.inputs - 1 ? slab.last_lanes : B;
          const float *weights = (const float *)c->weights + slab.weights + i * taps_of(c) * B * slab.width * B;
          for (long j = ky; j < ky_end; j++)
            for (long k = kx; k < kx_end; k++) {
              const struct tile t = {
                  .input = input + (slab.first_input + i) * plane +
                           ((y + j * w->dilation_y) * c->width + x + k * w->dilation_x) * B,
                  .inputs = 1,
                  .last_lanes = lanes,
                  .taps = &here,
                  .tap_count = 1,
                  .weights = weights + (j * w->kernel_width + k) * lanes * slab.width * B,
                  .output = output + at,
                  .output_block = out_plane,
              };
              tiles[slab.width - 1][1][1](&t);
            }
        }
        for (long v = 0; v < slab.width; v++) {
          vec sum = load(output + at + v * out_plane);
          if (residual) sum += load(residual + at + v * out_plane);
          store(output + at + v * out_plane, clamped_lanes(sum, c->activation.a, c->activation.b));
        }
      }
}

/// Covers `rows` x `columns` output pixels with tiles as even as possible. `t` describes the first pixel's.
static void sweep(struct tile *t, long rows, long columns, int width) {
  const long limit = width == 2 ? PIXELS_2 : PIXELS_1;
  // Narrow maps take several rows in a tile.
  const int tall = columns * 4 <= limit ? 4 : columns * 2 <= limit ? 2 : 1;
  const struct tile origin = *t;
  const long runs = (columns + limit - 1) / limit, shorter = columns / runs, longer = columns % runs;
  for (long y = 0; y < rows;) {
    const int high = rows - y >= tall ? tall : rows - y >= 2 && tall > 2 ? 2 : 1;
    long x = 0;
    for (long run = 0; run < runs; run++) {
      long count = shorter + (run < longer);
      t->input = origin.input + y * origin.input_row + x * B;
      t->output = origin.output + y * origin.output_row + x * B;
      t->residual = origin.residual ? origin.residual + y * origin.output_row + x * B : 0;
      tiles[width - 1][high][count](t);
      x += count;
    }
    y += high;
  }
}

static void convolve_clamped(const ek_convolution *c) {
  const float *input = c->input, *residual = c->residual;
  float *output = c->output, *scratch = c->scratch;
  const ek_window *w = &c->window;
  const struct schedule s = schedule_of(c);
  if (copy_floats(c, &s) > LARGEST_COPY) {
    convolve_in_place(c, input, residual, output);
    return;
  }
  long *taps = (long *)scratch;
  float *copy = scratch + tap_floats(c);

  const long row = (s.copies ? s.phases * s.phase_width : c->width) * B;
  for (long ky = 0; ky < w->kernel_height; ky++)
    for (long kx = 0; kx < w->kernel_width; kx++)
      taps[ky * w->kernel_width + kx] =
          ky * w->dilation_y * row +
          (s.copies ? phase_of(w, kx) * s.phase_width + kx * w->dilation_x / w->stride_x : kx * w->dilation_x) * B;

  const long inputs = blocks(c->channels);
  for (long oy = 0; oy < s.height; oy += s.band_rows)
    for (long ox = 0; ox < s.width; ox += s.band_columns)
      for (long first = 0; first < inputs; first += s.chunk) {
        const long rows = least(s.band_rows, s.height - oy), columns = least(s.band_columns, s.width - ox);
        const long end = least(first + s.chunk, inputs);
        struct tile t = {
            .input_row = w->stride_y / s.row_unit * row,
            .taps = taps,
            .tap_count = taps_of(c),
            .output_row = s.width * B,
            .output_block = s.height * s.width * B,
            .last = end == inputs,
            .minimum = c->activation.a,
            .maximum = c->activation.b,
        };
        const float *band;
        if (s.copies) {
          copy_band(c, &s, input, first, end, oy, rows, copy);
          band = copy;
          t.input_block = copied_rows(c, &s, rows) * row;
        } else {
          t.input_block = c->height * c->width * B;
          band = input + first * t.input_block + oy * t.input_row + ox * B;
        }
        struct slab slab = {0};
        while (next_slab(c, &slab)) {
          const long at = slab.first_block * t.output_block + oy * t.output_row + ox * B;
          // Without groups a tile takes this chunk of its inputs; with groups there is one chunk, and it takes its own.
          const long skipped = c->groups > 1 ? 0 : first;
          const long taken = c->groups > 1 ? slab.inputs : end - first;
          t.input = band + (c->groups > 1 ? slab.first_input * t.input_block : 0);
          t.inputs = taken;
          t.last_lanes = skipped + taken == slab.inputs ? slab.last_lanes : B;
          t.weights = (const float *)c->weights + slab.weights + skipped * t.tap_count * B * slab.width * B;
          t.bias = skipped == 0 ? c->bias + slab.first_block * B : 0;
          t.output = output + at;
          t.residual = residual ? residual + at : 0;
          sweep(&t, rows, columns, (int)slab.width);
        }
      }
}

static void convolve_directly(const ek_convolution *c, const ek_team *team) {
  if (team->index > 0) return;
  if (c->activation.function == EK_CLAMP) {
    convolve_clamped(c);
    return;
  }
  ek_convolution plain = *c;
  plain.activation = (ek_activation){EK_CLAMP, -__builtin_inff(), __builtin_inff()};
  convolve_clamped(&plain);
  const long count = blocks(c->out_channels) * B * c->out_height * c->out_width;
  activate(&c->activation, count, c->output, c->output);
}
