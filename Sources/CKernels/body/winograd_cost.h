// What a convolution takes by each algorithm, in multiplications of a block by a number: as registers multiply two
// blocks in a cycle, times are alike for all instruction sets. Constants were fitted to measured times.

enum {
  SUM_COST = 4,        // of bringing a sum into a register and back
  BARRIER_COST = 4000, // of waiting for the team
};

/// Of one block's transforms: a tile's input, B filters, a tile's sums. What they store does not fit into the
/// first-level cache, which counts the more the wider blocks are.
struct transform_cost {
  double input, weights, output;
};

#if B == 16
static const struct transform_cost four_cost = {320, 180, 190}, six_cost = {1000, 300, 620};
#elif REGISTERS == 1
static const struct transform_cost four_cost = {200, 130, 150}, six_cost = {560, 260, 380};
#else
static const struct transform_cost four_cost = {120, 75, 90}, six_cost = {340, 150, 230};
#endif

/// The errors of F(6x6,3x3) grow with the channels; see winograd_transforms.h.
static int can_six(const ek_convolution *c) { return c->channels <= 128; }

static double winograd_cost_of(const ek_convolution *c, int m, long threads) {
  const struct winograd s = winograd_of(c, m, threads);
  const struct transform_cost *cost = m == 4 ? &four_cost : &six_cost;
  const long width = least(WIDEST, blocks(c->out_channels)), limit = width == 2 ? PIXELS_2 : PIXELS_1;
  const double filters = (double)c->channels * width, chunks = quotient_up(s.inputs, s.chunk);

  // A slab's tiles (those of one member, or of one part) in runs; a short run waits for loads.
  const long tiles = s.keeps ? quotient_up(s.tiles, threads) : quotient_up(quotient_up(s.tiles, s.bands), s.parts);
  const long runs = quotient_up(tiles, limit);
  const double run = (double)tiles / runs;
  const double product = run * width > run + width ? run * width : run + width;
  const double slab =
      s.positions * (runs * product * c->channels + SUM_COST * chunks * tiles * width) + tiles * width * cost->output;

  const double inputs = s.inputs * s.tiles * cost->input / threads, weights = filters * cost->weights;
  // What the slowest member does; alone, it gains where the last slab is narrow.
  const double slabs = (double)blocks(c->out_channels) / width, waiting = threads > 1 ? BARRIER_COST : 0;
  if (c->transformed) return inputs + slab * slabs;
  if (s.keeps) return inputs + slab * slabs + weights * slabs / threads + waiting;
  const double share = threads > 1 ? quotient_up(s.slabs * s.parts, threads) : slabs;
  return inputs + s.bands * ((slab + weights) * share + 2 * waiting);
}

static double direct_cost_of(const ek_convolution *c, long threads) {
  const double outputs = (double)blocks(c->out_channels) * c->out_height * c->out_width;
  return outputs * (9.0 * c->channels + SUM_COST) / threads;
}
