// Convolution with windows of 3 x 3, without stride, by Winograd's minimal filtering: F(4x4,3x3) takes a quarter of a
// direct convolution's products, F(6x6,3x3) a fifth.
//
// The weights are packed as for every other algorithm and transformed when they are used, so that they take no more
// memory: a chunk of a slab's (one or two output blocks) is transformed into scratch memory that stays in the
// second-level cache, and multiplied with all tiles of a band. Where all transformed weights fit into a little scratch
// memory, and the bands are many, they are transformed once, and every member of the team works through bands of its
// own. Who computes many convolutions with the same weights may keep them transformed, for smaller maps, too.

#include "winograd_transforms.h"
#include "winograd_product.h"

struct winograd {
  int m, positions;        // a tile's side, and (m + 2)^2
  long columns, tiles;     // tiles in a row, and in all
  long inputs, last_lanes; // input blocks; the last one's channels
  long slabs;              // of output blocks
  int keeps;               // all transformed weights at once
  long bands, band;        // bands of tiles (kept weights: each member has its own), and the most tiles in one
  long parts;              // of a band, that different members multiply
  long chunk;              // input blocks whose weights are transformed at a time
  // Floats from one position to the next of a chunk's transformed input, of its transformed weights, of sums.
  long input_position, weight_position, sum_position;
  // Where the scratch memory's parts start: the first member's; and from one member's (of kept weights: one slab's) to
  // the next one's.
  long weights_at, sums_at; // input comes first
  long inputs_each, weights_each, sums_each;
  long floats; // of scratch memory
};

enum {
  KEPT_WEIGHT_BYTES = 2560 << 10, // the most transformed weights to keep
  KEPT_BAND_BYTES = 512 << 10,    // a member's transformed input, beside kept weights
  BAND_BYTES = 4 << 20,           // the team's transformed input otherwise
  CHUNK_BYTES = 320 << 10,        // a member's transformed weights otherwise
};

/// Rounded up to an odd number of cache lines, so that positions do not compete for the same lines of a cache.
INLINE long staggered(long floats) { return ((floats + 15) / 16 | 1) * 16; }

static int can_winograd(const ek_convolution *c) {
  const ek_window *w = &c->window;
  return !c->planes && c->groups == 1 && w->kernel_height == 3 && w->kernel_width == 3 && w->stride_y == 1 &&
         w->stride_x == 1 && w->dilation_y == 1 && w->dilation_x == 1;
}

INLINE long quotient_up(long a, long b) { return (a + b - 1) / b; }

static struct winograd winograd_of(const ek_convolution *c, int m, long threads) {
  const long n = m + 2, width = least(WIDEST, blocks(c->out_channels));
  struct winograd s = {.m = m, .positions = (int)(n * n)};
  s.columns = quotient_up(c->out_width, m);
  s.tiles = s.columns * quotient_up(c->out_height, m);
  s.inputs = blocks(c->channels);
  s.last_lanes = c->channels - (s.inputs - 1) * B;
  s.slabs = quotient_up(blocks(c->out_channels), WIDEST);

  const long tile_bytes = s.positions * s.inputs * B * 4, limit = width == 2 ? PIXELS_2 : PIXELS_1;
  const long kept = s.slabs * staggered(c->channels * width * B) * s.positions;
  const long shared_band = most(limit, BAND_BYTES / tile_bytes);
  const int are_many = s.tiles > shared_band || s.tiles >= threads * 4 * limit;
  s.keeps = c->transformed || (kept * 4 <= KEPT_WEIGHT_BYTES && are_many);
  if (s.keeps) {
    s.band = most(limit, KEPT_BAND_BYTES / tile_bytes / limit * limit);
    s.band = least(s.band, quotient_up(s.tiles, threads));
    s.parts = 1;
    s.chunk = s.inputs;
  } else {
    s.bands = quotient_up(s.tiles, shared_band);
    s.band = quotient_up(s.tiles, s.bands);
    // Members share a slab's tiles where slabs are too few to keep all members busy.
    s.parts = 1;
    long best = 0;
    for (long parts = 1; parts <= least(threads, s.band); parts++) {
      // A slab's weights are transformed for each part; that takes as long as the products of two tiles or so.
      const long time = quotient_up(s.slabs * parts, threads) * (quotient_up(s.band, parts) + 3);
      if (best == 0 || time < best) {
        best = time;
        s.parts = parts;
      }
    }
    const long largest = most(1, CHUNK_BYTES / (s.positions * B * width * B * 4));
    s.chunk = quotient_up(s.inputs, quotient_up(s.inputs, largest));
  }
  const long chunk_channels = s.chunk == s.inputs ? c->channels : s.chunk * B;
  const long chunks = quotient_up(s.inputs, s.chunk);
  s.input_position = staggered(s.chunk * s.band * B);
  s.weight_position = staggered(chunk_channels * width * B);
  s.sum_position = staggered(s.band * width * B);
  s.inputs_each = s.keeps ? chunks * s.positions * s.input_position : 0;
  s.weights_each = s.positions * s.weight_position;
  s.sums_each = s.positions * s.sum_position;
  s.weights_at = chunks * s.positions * s.input_position * (s.keeps ? threads : 1);
  s.sums_at = s.weights_at + s.weights_each * (c->transformed ? 0 : s.keeps ? s.slabs : threads);
  s.floats = s.sums_at + s.sums_each * threads;
  return s;
}

static long winograd_scratch_count(const ek_convolution *c, int m, long threads) {
  return winograd_of(c, m, threads).floats;
}

/// A tile's input, with zeros where the map ends.
static void copy_patch(const ek_convolution *c, const float *map, long y0, long x0, long n, float *to) {
  const long left = least(most(-x0, 0), n), right = most(left, least(n, c->width - x0));
  for (long y = y0; y < y0 + n; y++, to += n * B) {
    const int exists = y >= 0 && y < c->height;
    const float *from = map + (y * c->width + x0) * B;
    for (long x = 0; x < n; x++) store(to + x * B, exists && x >= left && x < right ? load(from + x * B) : (vec)0.0f);
  }
}

/// Transforms the input of tile `tile` of an input block.
INLINE void transform_input_tile(const ek_convolution *c, const struct winograd *s, const int m, long block, long tile,
                                 float *to) {
  const long n = m + 2, y = tile / s->columns * m - c->window.pad_top, x = tile % s->columns * m - c->window.pad_left;
  const float *map = c->input + block * c->height * c->width * B;
  if (y >= 0 && x >= 0 && y + n <= c->height && x + n <= c->width) {
    input_tile(m, map + (y * c->width + x) * B, c->width * B, to, s->input_position);
  } else {
    float patch[MOST_SIDE * MOST_SIDE * B];
    copy_patch(c, map, y, x, n, patch);
    input_tile(m, patch, n * B, to, s->input_position);
  }
}

/// Transforms pieces [piece, end) of a band of `count` tiles: those of the first input block, then of the next.
static void transform_input(const ek_convolution *c, const struct winograd *s, long first_tile, long count, long piece,
                            long end, float *to) {
  for (; piece < end; piece++) {
    const long block = piece / count, tile = first_tile + piece % count;
    const long chunk = block / s->chunk, within = piece - chunk * s->chunk * count;
    float *at = to + chunk * s->positions * s->input_position + within * B;
    if (s->m == 4)
      transform_input_tile(c, s, 4, block, tile, at);
    else
      transform_input_tile(c, s, 6, block, tile, at);
  }
}

INLINE void transform_weights_as(const struct winograd *s, const int m, const ek_element element, const void *weights,
                                 long at, long lanes, long width, float *to) {
  for (long i = 0; i < lanes * width; i++)
    weight_tile(m, element, weights, at + i * B, lanes * width * B, to + i * B, s->weight_position);
}

/// Where a slab's weights of an input block start.
INLINE long weights_of(const ek_convolution *c, long width, long slab, long block) {
  return (slab * WIDEST * c->channels + block * B * width) * 9 * B;
}

/// Transforms input blocks [first, end) of a slab's weights.
static void transform_weights(const ek_convolution *c, const struct winograd *s, long slab, long first, long end,
                              float *to) {
  const long width = least(WIDEST, blocks(c->out_channels) - slab * WIDEST);
  for (long block = first; block < end; block++) {
    const long lanes = block == s->inputs - 1 ? s->last_lanes : B;
    const long at = weights_of(c, width, slab, block);
    switch (c->element * 2 + (s->m == 6)) {
    case EK_F32 * 2: transform_weights_as(s, 4, EK_F32, c->weights, at, lanes, width, to); break;
    case EK_F32 * 2 + 1: transform_weights_as(s, 6, EK_F32, c->weights, at, lanes, width, to); break;
    case EK_BF16 * 2: transform_weights_as(s, 4, EK_BF16, c->weights, at, lanes, width, to); break;
    case EK_BF16 * 2 + 1: transform_weights_as(s, 6, EK_BF16, c->weights, at, lanes, width, to); break;
    case EK_F16 * 2: transform_weights_as(s, 4, EK_F16, c->weights, at, lanes, width, to); break;
    default: transform_weights_as(s, 6, EK_F16, c->weights, at, lanes, width, to); break;
    }
    to += lanes * width * B;
  }
}

/// Multiplies tiles [tile, end) of a band of `count` with transformed weights of input blocks [first, first + taken).
/// Meanwhile what is transformed next, `next_bytes` at `next`, is fetched into the second-level cache.
static void multiply(const struct winograd *s, long count, long tile, long end, long width, long first, long taken,
                     const float *input, const float *weights, float *sums, const char *next, long next_bytes) {
  const long limit = width == 2 ? PIXELS_2 : PIXELS_1;
  const long runs = quotient_up(end - tile, limit), shorter = (end - tile) / runs, longer = (end - tile) % runs;
  struct product p = {
      .input_block = count * B,
      .inputs = taken,
      .last_lanes = first + taken == s->inputs ? s->last_lanes : B,
      .adds = first > 0,
  };
  for (long position = 0; position < s->positions; position++) {
    p.weights = weights + position * s->weight_position;
    p.input = input + position * s->input_position + tile * B;
    p.sums = sums + position * s->sum_position;
    for (const char *upto = next + next_bytes / s->positions; next < upto; next += 64) __builtin_prefetch(next, 0, 2);
    for (long run = 0; run < runs; run++) {
      const long tiles = shorter + (run < longer);
      p.next_input = run + 1 < runs ? p.input + tiles * B : p.input + s->input_position - (end - tile - tiles) * B;
      products[width - 1][tiles](&p);
      p.input += tiles * B;
      p.sums += tiles * width * B;
    }
  }
}

/// Transforms a tile's sums back and finishes its `rows` x `columns` outputs.
INLINE void finish_tile(const ek_convolution *c, const struct winograd *s, const int m, const long rows,
                        const long columns, const float *sums, vec bias, long at) {
  // The next tile's outputs, which lie in memory that nobody has read lately.
  for (long i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < m; j++) __builtin_prefetch(c->output + at + (i * c->out_width + m + j) * B, 1);
  vec y[6][6];
  output_tile(m, sums, s->sum_position, y);
  const int clamps = c->activation.function == EK_CLAMP;
  const float *residual = c->residual;
  for (long i = 0; i < rows; i++, at += c->out_width * B) {
    for (long j = 0; j < columns; j++) {
      vec result = y[i][j] + bias;
      if (residual) result += load(residual + at + j * B);
      if (clamps) result = clamped_lanes(result, c->activation.a, c->activation.b);
      store(c->output + at + j * B, result);
    }
    if (!clamps) activate(&c->activation, columns * B, c->output + at, c->output + at);
  }
}

INLINE void finish_tiles(const ek_convolution *c, const struct winograd *s, const int m, long first_tile, long end,
                         long slab, long width, const float *sums) {
  for (long tile = first_tile; tile < end; tile++)
    for (long v = 0; v < width; v++, sums += B) {
      const long block = slab * WIDEST + v, y = tile / s->columns * m, x = tile % s->columns * m;
      const long rows = least(m, c->out_height - y), columns = least(m, c->out_width - x);
      const long at = ((block * c->out_height + y) * c->out_width + x) * B;
      const vec bias = load(c->bias + block * B);
      if (rows == m && columns == m)
        finish_tile(c, s, m, m, m, sums, bias, at);
      else
        finish_tile(c, s, m, rows, columns, sums, bias, at);
    }
}

/// Sums of tiles [tile, end) of a band of `count` that starts at `first_tile`, for a slab, to the output.
static void multiply_slab(const ek_convolution *c, const struct winograd *s, long first_tile, long count, long tile,
                          long end, long slab, const float *input, float *weights, float *sums) {
  const long width = least(WIDEST, blocks(c->out_channels) - slab * WIDEST);
  if (s->keeps) {
    multiply(s, count, tile, end, width, 0, s->inputs, input, weights + slab * s->weights_each, sums, 0, 0);
  } else {
    for (long first = 0; first < s->inputs; first += s->chunk) {
      const long taken = least(s->chunk, s->inputs - first);
      const float *chunk = input + first / s->chunk * s->positions * s->input_position;
      const long bytes = element_bytes(c->element), next_bytes = s->chunk * B * 9 * width * B * bytes;
      const char *next = (const char *)c->weights + weights_of(c, width, slab, first + s->chunk) * bytes;
      transform_weights(c, s, slab, first, first + taken, weights);
      multiply(s, count, tile, end, width, first, taken, chunk, weights, sums, next, next_bytes);
    }
  }
  if (s->m == 4)
    finish_tiles(c, s, 4, first_tile + tile, first_tile + end, slab, width, sums);
  else
    finish_tiles(c, s, 6, first_tile + tile, first_tile + end, slab, width, sums);
}

/// A member's share of all weights.
static void transform_all_weights(const ek_convolution *c, const struct winograd *s, float *to, const ek_team *team) {
  long piece, last_piece;
  ek_share(team, s->slabs * s->inputs, &piece, &last_piece);
  for (; piece < last_piece; piece++) {
    const long slab = piece / s->inputs, block = piece % s->inputs;
    const long width = least(WIDEST, blocks(c->out_channels) - slab * WIDEST);
    transform_weights(c, s, slab, block, block + 1, to + slab * s->weights_each + block * B * width * B);
  }
}

/// Transforms all weights where nobody did, then every member its own tiles.
static void convolve_bands(const ek_convolution *c, const struct winograd *s, const ek_team *team) {
  // Kept weights are only read.
  float *weights = c->transformed ? (float *)c->transformed : c->scratch + s->weights_at;
  long first, end;
  if (!c->transformed) {
    transform_all_weights(c, s, weights, team);
    ek_wait(team);
  }

  float *input = c->scratch + team->index * s->inputs_each;
  float *sums = c->scratch + s->sums_at + team->index * s->sums_each;
  ek_share(team, s->tiles, &first, &end);
  const long bands = quotient_up(end - first, s->band);
  for (long band = 0; band < bands; band++) {
    const long start = first + (end - first) * band / bands;
    const long count = first + (end - first) * (band + 1) / bands - start;
    transform_input(c, s, start, count, 0, s->inputs * count, input);
    for (long slab = 0; slab < s->slabs; slab++)
      multiply_slab(c, s, start, count, 0, count, slab, input, weights, sums);
  }
}

/// Transforms a band's input together, then every member its own slabs.
static void convolve_slabs(const ek_convolution *c, const struct winograd *s, const ek_team *team) {
  float *input = c->scratch;
  float *weights = c->scratch + s->weights_at + team->index * s->weights_each;
  float *sums = c->scratch + s->sums_at + team->index * s->sums_each;
  for (long band = 0; band < s->bands; band++) {
    const long start = s->tiles * band / s->bands, count = s->tiles * (band + 1) / s->bands - start;
    long piece, last_piece;
    if (band > 0) ek_wait(team);
    ek_share(team, s->inputs * count, &piece, &last_piece);
    transform_input(c, s, start, count, piece, last_piece, input);
    ek_wait(team);
    ek_share(team, s->slabs * s->parts, &piece, &last_piece);
    for (; piece < last_piece; piece++) {
      const long part = piece % s->parts, tile = count * part / s->parts, end = count * (part + 1) / s->parts;
      if (tile < end) multiply_slab(c, s, start, count, tile, end, piece / s->parts, input, weights, sums);
    }
  }
}

static void convolve_by_winograd(const ek_convolution *c, int m, const ek_team *team) {
  const struct winograd s = winograd_of(c, m, team->count);
  if (s.keeps)
    convolve_bands(c, &s, team);
  else
    convolve_slabs(c, &s, team);
}
