// The gradient by the weights of 3 x 3 windows without stride, by Winograd's minimal filtering. A convolution by F(4x4,
// 3x3) is output_map(weight_map(g) * input_map(d)), with linear maps; so the gradient by g is weight_map's transpose of
// output_map's transpose of the gradient, times input_map(d), summed over all tiles: a quarter of the products.
//
// A member takes a few pairs at a time. For pieces of some tiles it transforms their input and gradient, which stay in
// the second-level cache, and adds up the products position by position; in the end it maps the sums back to taps.

enum {
  GRADIENT_TILES = 32, // in a piece
  GRADIENT_PAIRS = 4,  // at a time
  GRADIENT_POSITIONS = 36,
};

/// The transpose of `output_line`: 4 gradients to 6 points.
INLINE void gradient_line(const vec *d, vec *t) {
  const float small = 0.70710678f * 2 / 3, large = 1.41421356f / 6;
  const vec even_small = -small * (d[0] + 0.5f * d[2]), odd_small = (-1 / 3.0f) * (d[1] + 0.5f * d[3]);
  const vec even_large = large * (d[0] + 2.0f * d[2]), odd_large = (1 / 3.0f) * (d[1] + 2.0f * d[3]);
  t[0] = d[0];
  t[1] = even_small + odd_small;
  t[2] = even_small - odd_small;
  t[3] = even_large + odd_large;
  t[4] = even_large - odd_large;
  t[5] = d[3];
}

/// The transpose of `weight_line`: 6 points to 3 taps.
INLINE void tap_line(const vec *t, vec *g) {
  const vec small = t[1] + t[2], large = t[3] + t[4];
  g[0] = t[0] + 1.41421356f * small + 0.70710678f * large;
  g[1] = (t[1] - t[2]) + (t[3] - t[4]);
  g[2] = t[5] + 0.70710678f * small + 1.41421356f * large;
}

/// 4 x 4 gradients of a block to 36 positions, `step` floats apart.
INLINE void gradient_tile(const float *from, long row, float *to, long step) {
  vec t[6][4];
  UNROLL for (int x = 0; x < 4; x++) {
    vec d[4], column[6];
    UNROLL for (int y = 0; y < 4; y++) d[y] = load(from + y * row + x * B);
    gradient_line(d, column);
    UNROLL for (int y = 0; y < 6; y++) t[y][x] = column[y];
  }
  UNROLL for (int y = 0; y < 6; y++) {
    vec line[6];
    gradient_line(t[y], line);
    UNROLL for (int x = 0; x < 6; x++) store(to + (y * 6 + x) * step, line[x]);
  }
}

/// Sums of 36 positions, `step` floats apart, to 9 taps, `tap_step` floats apart.
INLINE void tap_tile(const float *from, long step, float *to, long tap_step) {
  vec t[3][6];
  UNROLL for (int x = 0; x < 6; x++) {
    vec p[6], column[3];
    UNROLL for (int y = 0; y < 6; y++) p[y] = load(from + (y * 6 + x) * step);
    tap_line(p, column);
    UNROLL for (int y = 0; y < 3; y++) t[y][x] = column[y];
  }
  UNROLL for (int y = 0; y < 3; y++) {
    vec line[3];
    tap_line(t[y], line);
    UNROLL for (int x = 0; x < 3; x++) store(to + (y * 3 + x) * tap_step, line[x]);
  }
}

/// Where a member's scratch memory holds what, in floats.
struct winograd_room {
  long position, sum_position; // from one position to the next: of transformed blocks, of sums
  long block, sums;            // all positions
  long gradient_at, sums_at, floats;
};

static struct winograd_room winograd_room_of(const ek_convolution *c) {
  struct winograd_room r = {
      .position = staggered(GRADIENT_TILES * B),
      .sum_position = staggered(B * tile_width(c) * B),
  };
  r.block = GRADIENT_POSITIONS * r.position;
  r.sums = GRADIENT_POSITIONS * r.sum_position;
  r.gradient_at = GRADIENT_PAIRS * r.block;
  r.sums_at = r.gradient_at + tile_width(c) * r.block;
  r.floats = r.sums_at + GRADIENT_PAIRS * r.sums;
  return r;
}

INLINE long tiles_of_sample(const ek_weight_gradient *w) {
  return ceiling(w->out_height, 4) * ceiling(w->out_width, 4);
}

static int can_sum_by_winograd(const ek_weight_gradient *w) {
  const ek_convolution c = {.planes = w->planes, .groups = w->groups, .window = w->window};
  return can_winograd(&c);
}

/// Whether `chunks` chunks of tiles take less than adding up directly, which skips the padding; see winograd_cost.h.
static int pays_by_winograd(const ek_weight_gradient *w, long chunks) {
  long rows = 0, columns = 0, first, end;
  for (long k = 0; k < 3; k++) {
    taps_within(k - w->window.pad_top, 1, w->out_height, 0, w->height, &first, &end);
    rows += end - first;
    taps_within(k - w->window.pad_left, 1, w->out_width, 0, w->width, &first, &end);
    columns += end - first;
  }
  const double products = (double)w->channels * blocks(w->out_channels), samples = w->samples;
  const double inputs = blocks(w->channels), slabs = ceiling(blocks(w->out_channels), WIDEST);
  const double input = four_cost.input * slabs * inputs / (inputs == 1 ? least(slabs, GRADIENT_PAIRS) : 1);
  const double gradient = four_cost.output * blocks(w->out_channels) * ceiling(blocks(w->channels), GRADIENT_PAIRS);
  const double tile = GRADIENT_POSITIONS * 1.1 * products + input + gradient;
  const double back = four_cost.weights * products * chunks;
  return samples * tiles_of_sample(w) * tile + back < 0.9 * samples * rows * columns * products;
}

/// Fetches the 4 x 4 pixels from row `y` and column `x` of a map on; below its last row the next sample's, `step`
/// floats from this one. Tiles jump from row to row, which processors do not foresee.
INLINE void fetch_tile(const float *map, long height, long width, long y, long x, long step) {
  if (y >= height) map += step - height * width * B;
  map += (y * width + x) * B;
  for (long i = 0; i < 4; i++, map += width * B)
    for (long j = 0; j < 4 * B; j += 16) __builtin_prefetch(map + j, 0, 2);
}

/// Transforms an input block of tiles [tile, end).
static void transform_inputs(const ek_weight_gradient *w, const struct winograd_room *r, long block, long tile,
                             long end, float *to) {
  const struct winograd s = {.columns = ceiling(w->out_width, 4), .input_position = r->position};
  const long in_sample = tiles_of_sample(w);
  ek_convolution c = {.height = w->height, .width = w->width, .window = w->window};
  for (; tile < end; tile++, to += B) {
    c.input = w->input + tile / in_sample * w->input_stride;
    const long y = tile % in_sample / s.columns * 4 - w->window.pad_top, x = tile % s.columns * 4;
    fetch_tile(c.input + block * w->height * w->width * B, w->height, w->width, y + 6, x, w->input_stride);
    transform_input_tile(&c, &s, 4, block, tile % in_sample, to);
  }
}

/// Transforms a gradient block of tiles [tile, end).
static void transform_gradients(const ek_weight_gradient *w, const struct winograd_room *r, long block, long tile,
                                long end, float *to) {
  const long in_sample = tiles_of_sample(w), in_row = ceiling(w->out_width, 4);
  const ek_convolution c = {.height = w->out_height, .width = w->out_width};
  for (; tile < end; tile++, to += B) {
    const long y = tile % in_sample / in_row * 4, x = tile % in_sample % in_row * 4;
    const float *map =
        w->gradient + tile / in_sample * w->gradient_stride + block * w->out_height * w->out_width * B;
    fetch_tile(map, w->out_height, w->out_width, y + 4, x, w->gradient_stride);
    if (y + 4 <= w->out_height && x + 4 <= w->out_width) {
      gradient_tile(map + (y * w->out_width + x) * B, w->out_width * B, to, r->position);
    } else {
      float patch[4 * 4 * B];
      copy_patch(&c, map, y, x, 4, patch);
      gradient_tile(patch, 4 * B, to, r->position);
    }
  }
}

/// Adds the products of `tiles` transformed tiles to a pair's sums.
static void add_tiles(const struct winograd_room *r, long lanes, long width, long tiles, const float *input,
                      const float *gradient, float *sums) {
  const long taken = width == 1 ? LANES(1, 1) : LANES(1, WIDEST);
  struct outer_sum s = {
      .input_pixel = B,
      .gradient_block = r->block,
      .lines = 1,
      .rows = 1,
      .height = 1,
      .pixels = tiles,
      .lane_sums = width * B,
  };
  for (long i = 0; i < GRADIENT_POSITIONS; i++)
    for (long lane = 0; lane < lanes; lane += taken) {
      s.input = input + i * r->position + lane;
      s.gradient = gradient + i * r->position;
      s.sums = sums + i * r->sum_position + lane * s.lane_sums;
      outer_wide[width - 1][0](&s);
    }
}

/// The sums of pairs [first, end) over tiles [tile, last), each pair's `pair_floats` after the one before. `room` is
/// the member's own.
static void sum_by_winograd(const ek_weight_gradient *w, const ek_convolution *c, long first, long end, long tile,
                            long last, long pair_floats, float *room, float *sums) {
  const struct winograd_room r = winograd_room_of(c);
  const long inputs = blocks(c->channels), wide = tile_width(c), tap_floats = pair_floats / 9;
  float *gradient = room + r.gradient_at, *all = room + r.sums_at;
  for (; first < end; first += GRADIENT_PAIRS) {
    const long count = least(GRADIENT_PAIRS, end - first);
    memset(all, 0, (unsigned long)(count * r.sums) * sizeof(float));
    for (long from = tile; from < last; from += GRADIENT_TILES) {
      const long until = least(from + GRADIENT_TILES, last);
      long held[GRADIENT_PAIRS], held_slab = -1;
      for (long i = 0; i < GRADIENT_PAIRS; i++) held[i] = -1;
      for (long i = 0; i < count; i++) {
        const long slab = (first + i) / inputs, input = (first + i) % inputs, slot = input % GRADIENT_PAIRS;
        const long width = least(wide, blocks(c->out_channels) - slab * wide);
        float *transformed = room + slot * r.block;
        if (held[slot] != input) transform_inputs(w, &r, input, from, until, transformed);
        held[slot] = input;
        for (long v = 0; v < (held_slab == slab ? 0 : width); v++)
          transform_gradients(w, &r, slab * wide + v, from, until, gradient + v * r.block);
        held_slab = slab;
        add_tiles(&r, least(B, c->channels - input * B), width, until - from, transformed, gradient, all + i * r.sums);
      }
    }
    for (long i = 0; i < count; i++, sums += pair_floats) {
      const long lanes = least(B, c->channels - (first + i) % inputs * B);
      const long width = least(wide, blocks(c->out_channels) - (first + i) / inputs * wide);
      for (long at = 0; at < lanes * width * B; at += B)
        tap_tile(all + i * r.sums + at, r.sum_position, sums + at, tap_floats);
    }
  }
}
