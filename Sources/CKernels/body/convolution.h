// Direct convolution on blocked channels.
//
// The output is computed band by band, and the input channels chunk by chunk, so that a band's input and a tile's
// weights of a chunk stay in the second-level cache, and weights are read once a band.

/// The largest copies of a team's bands, in floats: 64 MiB. What needs more has its taps far out in the padding.
#define LARGEST_COPY (16 << 20)

/// Weights of 16 bits are widened a tile's chunk at a time: floats that the largest takes.
static long widened_floats(const ek_convolution *c, const struct schedule *s) {
  if (c->element == EK_F32) return 0;
  long inputs = s->chunk;
  struct slab slab = {0};
  if (c->groups > 1)
    for (inputs = 0; next_slab(c, &slab);) inputs = most(inputs, slab.inputs);
  return inputs * B * taps_of(c) * tile_width(c) * B;
}

INLINE long member_floats(const ek_convolution *c, const struct schedule *s) {
  return tap_floats(c, s) + copy_floats(c, s) + ceiling(widened_floats(c, s), 16) * 16;
}

/// `count` of the packed weights from number `at`, as floats: where they are, or widened to `to`.
INLINE const float *weights_as_floats(const ek_convolution *c, long at, long count, float *to) {
  switch (c->element) {
  case EK_F32: return (const float *)c->weights + at;
  case EK_BF16:
    for (long i = 0; i < count; i += B) store(to + i, load_as(EK_BF16, c->weights, at + i));
    break;
  case EK_F16:
    for (long i = 0; i < count; i += B) store(to + i, load_as(EK_F16, c->weights, at + i));
    break;
  }
  return to;
}

static long direct_scratch_count(const ek_convolution *c, long threads) {
  const struct schedule s = schedule_of(c, threads);
  return copy_floats(c, &s) > LARGEST_COPY / threads ? 0 : threads * member_floats(c, &s);
}

/// What follows the sums where it is more than bounds on them, for `pixels` of `width` blocks just stored.
INLINE void finish(const ek_convolution *c, long pixels, long width, float *output) {
  if (c->activation.function == EK_CLAMP) return;
  for (long v = 0; v < width; v++, output += c->out_height * c->out_width * B)
    activate(&c->activation, pixels * B, output, output);
}

INLINE float lowest_result(const ek_activation *a) { return a->function == EK_CLAMP ? a->a : -__builtin_inff(); }
INLINE float highest_result(const ek_activation *a) { return a->function == EK_CLAMP ? a->b : __builtin_inff(); }

/// Pixel by pixel and tap by tap, for windows so far apart that their padded input could not be held. Slow, and as
/// sparing with memory as any other.
static void convolve_in_place(const ek_convolution *c, const ek_team *team) {
  const ek_window *w = &c->window;
  const long area = c->height * c->width, out_plane = c->out_height * c->out_width * B, here = 0;
  float factors[B * WIDEST * B];
  long first, end;
  ek_share(team, c->out_height * c->out_width, &first, &end);
  struct slab slab = {0};
  while (next_slab(c, &slab))
    for (long pixel = first; pixel < end; pixel++) {
      const long y = pixel / c->out_width * w->stride_y - w->pad_top;
      const long x = pixel % c->out_width * w->stride_x - w->pad_left;
      const long at = slab.first_block * out_plane + pixel * B;
      long ky, ky_end, kx, kx_end;
      taps_within(y, w->dilation_y, w->kernel_height, 0, c->height, &ky, &ky_end);
      taps_within(x, w->dilation_x, w->kernel_width, 0, c->width, &kx, &kx_end);
      for (long v = 0; v < slab.width; v++)
        store(c->output + at + v * out_plane, load(c->bias + (slab.first_block + v) * B));
      for (long i = 0; i < slab.inputs; i++) {
        const long lanes = i == slab.inputs - 1 ? slab.last_lanes : B;
        const long block = slab.weights + i * taps_of(c) * B * slab.width * B, count = lanes * slab.width * B;
        for (long j = ky; j < ky_end; j++)
          for (long k = kx; k < kx_end; k++) {
            const float *weights =
                weights_as_floats(c, block + (j * w->kernel_width + k) * count, count, factors);
            const long place = (y + j * w->dilation_y) * c->width + x + k * w->dilation_x;
            // Planes' channels are far apart, so they are taken one by one.
            for (long lane = 0; lane < (c->planes ? lanes : 1); lane++) {
              const long channel = (slab.first_input + i) * B + lane;
              const struct tile t = {
                  .input = c->input + (c->planes ? channel * area + place : channel * area + place * B),
                  .inputs = 1,
                  .last_lanes = c->planes ? 1 : lanes,
                  .taps = &here,
                  .tap_count = 1,
                  .weights = weights + lane * slab.width * B,
                  .output = c->output + at,
                  .output_block = out_plane,
                  .minimum = -__builtin_inff(),
                  .maximum = __builtin_inff(),
              };
              tiles[0][slab.width - 1][1](&t);
            }
          }
      }
      for (long v = 0; v < slab.width; v++) {
        vec sum = load(c->output + at + v * out_plane);
        if (c->residual) sum += load(c->residual + at + v * out_plane);
        store(c->output + at + v * out_plane,
              clamped_lanes(sum, lowest_result(&c->activation), highest_result(&c->activation)));
      }
      finish(c, 1, slab.width, c->output + at);
    }
}

/// A band's part of the work of a slab: tiles [first, end) of `lines` lines of `columns` pixels.
struct sweep {
  long lines, columns, runs; // runs: tiles in a line
  long first, end;
  long line_step, output_line; // floats from one line to the next: of the input, of the output
  long pixel;                  // floats from one pixel to the next in the input
};

/// `origin` describes the band's first tile; `bytes` of weights from `ahead` on are fetched meanwhile.
INLINE void sweep_tiles(const ek_convolution *c, const struct sweep *s, const struct tile *origin, long width,
                        int is_planar, int finishes, const char *ahead, long bytes) {
  struct tile t = *origin;
  const long shorter = s->columns / s->runs, longer = s->columns % s->runs;
  // So many cache lines of 64 bytes with each tap.
  const long taps = 64 * t.inputs * t.tap_count;
  t.ahead_lines = ceiling(bytes, taps * (s->end - s->first));
  long line = s->first / s->runs, run = s->first % s->runs;
  for (long i = s->first; i < s->end; i++) {
    const long x = run * shorter + least(run, longer), count = shorter + (run < longer);
    const long at = line * s->output_line + x * B;
    t.input = origin->input + line * s->line_step + x * s->pixel;
    t.output = origin->output + at;
    t.residual = origin->residual ? origin->residual + at : 0;
    t.ahead = bytes > 0 ? ahead : 0;
    tiles[is_planar][width - 1][count](&t);
    ahead += taps * t.ahead_lines;
    bytes -= taps * t.ahead_lines;
    if (finishes) finish(c, count, width, t.output);
    if (++run == s->runs) run = 0, line++;
  }
}

/// The first tile of a slab that is a member's or a later one's where the team shares them: members' shares are equal
/// lengths of the packed weights.
INLINE long first_tile(const ek_team *team, long member, long all_weights, long start, long count, long tiles) {
  const long bound = all_weights * member / team->count - start;
  return bound <= 0 ? 0 : bound >= count ? tiles : (bound * tiles + count / 2) / count;
}

struct place {
  long oy, rows, ox, columns;
};

static void convolve_chunk(const ek_convolution *c, const struct schedule *s, const ek_team *team,
                           const struct place *p, long first, long end, long all_weights, const long *taps,
                           const float *copy, float *widened) {
  const ek_window *w = &c->window;
  const long inputs = blocks(c->channels), unit = s->is_planar ? 1 : B;
  const long out_plane = c->out_height * c->out_width * B;
  const int is_last = end == inputs;
  struct tile t = {
      .taps = taps,
      .tap_count = tap_count(c, s),
      .output_block = out_plane,
      .minimum = is_last ? lowest_result(&c->activation) : -__builtin_inff(),
      .maximum = is_last ? highest_result(&c->activation) : __builtin_inff(),
  };
  struct sweep sweep = {.lines = p->rows, .columns = p->columns, .output_line = s->width * B, .pixel = unit};
  const float *band;
  if (s->copies) {
    band = copy;
    t.input_block = plane_floats(w, s, s->band_rows);
    sweep.line_step = phase_columns(w, s->is_flat, s->band_columns) * unit;
  } else {
    t.input_block = c->height * c->width * B;
    sweep.line_step = w->stride_y * c->width * unit;
    band = c->input + first * t.input_block + p->oy * sweep.line_step + p->ox * unit;
  }
  if (s->is_flat) {
    sweep.columns *= sweep.lines;
    sweep.lines = 1;
  }

  struct slab slab = {0}, next = {0};
  int more = next_slab(c, &next);
  while (more) {
    slab = next;
    more = next_slab(c, &next);
    const long count = ((slab.inputs - 1) * B + slab.last_lanes) * taps_of(c) * slab.width * B;
    sweep.runs = ceiling(sweep.columns, most_pixels(slab.width));
    const long all = sweep.lines * sweep.runs;
    sweep.first = 0;
    sweep.end = all;
    if (s->shares_tiles) {
      sweep.first = first_tile(team, team->index, all_weights, slab.weights, count, all);
      sweep.end = first_tile(team, team->index + 1, all_weights, slab.weights, count, all);
    }
    if (sweep.first == sweep.end) continue;

    const long at = slab.first_block * out_plane + (p->oy * s->width + p->ox) * B;
    const char *ahead = c->weights;
    long ahead_count = 0;
    if (s->is_planar) {
      t.input = band;
      t.inputs = t.last_lanes = 1;
      t.weights = weights_as_floats(c, slab.weights, count, widened);
      t.bias = c->bias + slab.first_block * B;
    } else {
      // Without groups a tile takes this chunk of its inputs; with groups there is one chunk, and it takes its own.
      const long skipped = c->groups > 1 ? 0 : first, each = taps_of(c) * B;
      t.input = band + (c->groups > 1 ? slab.first_input * t.input_block : 0);
      t.inputs = c->groups > 1 ? slab.inputs : end - first;
      t.last_lanes = skipped + t.inputs == slab.inputs ? slab.last_lanes : B;
      const long taken = ((t.inputs - 1) * B + t.last_lanes) * taps_of(c) * B;
      t.weights = weights_as_floats(c, slab.weights + skipped * each * slab.width * B, taken * slab.width, widened);
      t.bias = skipped == 0 ? c->bias + slab.first_block * B : 0;
      // Where the next weights are met by many tiles, the first of them may as well wait for them.
      if (more && sweep.end - sweep.first < 16) {
        const long bytes = element_bytes(c->element);
        ahead = (const char *)c->weights + (next.weights + skipped * each * next.width * B) * bytes;
        ahead_count = taken * next.width * bytes;
      }
    }
    t.output = c->output + at;
    t.residual = is_last && c->residual ? c->residual + at : 0;
    sweep_tiles(c, &sweep, &t, slab.width, s->is_planar, is_last, ahead, ahead_count);
  }
}

static void convolve_directly(const ek_convolution *c, const ek_team *team) {
  const struct schedule s = schedule_of(c, team->count);
  if (copy_floats(c, &s) > LARGEST_COPY / team->count) {
    convolve_in_place(c, team);
    return;
  }
  float *scratch = c->scratch + team->index * member_floats(c, &s);
  long *taps = (long *)scratch;
  float *copy = scratch + tap_floats(c, &s);
  float *widened = copy + copy_floats(c, &s);
  fill_taps(c, &s, taps);

  long top = 0, bottom = s.height, left = 0, right = s.width;
  if (!s.shares_tiles) {
    if (s.height == 1)
      ek_share(team, s.width, &left, &right);
    else
      ek_share(team, s.height, &top, &bottom);
  }
  const long inputs = blocks(c->channels), all_weights = s.shares_tiles ? packed_count(c) : 0;
  for (long oy = top; oy < bottom; oy += s.band_rows)
    for (long ox = left; ox < right; ox += s.band_columns) {
      const struct place p = {oy, least(s.band_rows, bottom - oy), ox, least(s.band_columns, right - ox)};
      for (long first = 0; first < inputs; first += s.chunk) {
        const long end = least(first + s.chunk, inputs);
        if (s.copies) copy_band(c, &s, first, end, p.oy, p.rows, p.ox, p.columns, copy);
        convolve_chunk(c, &s, team, &p, first, end, all_weights, taps, copy, widened);
      }
    }
}
