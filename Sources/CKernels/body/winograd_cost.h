// What a convolution costs by each algorithm, in multiplications of a block.

/// Costs of one block's transforms: of a tile's input, of B filters, of a tile's sums.
/// Measured; they hold for all instruction sets, within a quarter.
struct winograd_cost {
  double input, weights, output;
};

static double winograd_cost_of(const ek_convolution *c, int m, long threads) {
  static const struct winograd_cost four = {200, 130, 170}, six = {560, 300, 420};
  const struct winograd_cost *cost = m == 4 ? &four : &six;
  const struct winograd s = winograd_of(c, m, threads);
  const double outputs = blocks(c->out_channels), filters = c->channels * outputs;
  const double transformed = s.keeps ? 1 : (double)(s.bands * s.parts);
  // A run takes as long as its loads and its latency allow, however few its tiles are.
  const long limit = WIDEST == 2 && outputs > 1 ? PIXELS_2 : PIXELS_1;
  const long runs = quotient_up(s.tiles, limit);
  const double products = s.positions * filters * (double)(s.tiles + 2 * runs);
  return products + s.tiles * s.inputs * cost->input + s.tiles * outputs * cost->output +
         filters * transformed * cost->weights;
}

static double direct_cost_of(const ek_convolution *c) {
  return 9.0 * c->channels * blocks(c->out_channels) * c->out_height * c->out_width;
}

/// The errors of F(6x6,3x3) grow with the channels.
static int can_six(const ek_convolution *c) { return c->channels <= 128; }
