// How a convolution's weights are packed.
//
// Output channels are cut into tiles of one or two blocks. A tile's weights lie together, in the order in which they
// are used: input block, tap, lane of the input block, output channel. Only the last input block may have fewer lanes.
// A depthwise convolution's weights are just blocked: block, tap, lane.

/// A tile of output channels, and the input blocks that it reads.
struct slab {
  long first_block, width;              // output blocks
  long first_input, inputs, last_lanes; // input blocks; the last one's channels
  long weights;                         // where its weights start
};

INLINE int is_depthwise(const ek_convolution *c) {
  return c->channels > 1 && c->groups == c->channels && c->out_channels == c->channels;
}

INLINE long taps_of(const ek_convolution *c) { return c->window.kernel_height * c->window.kernel_width; }

/// Output blocks in all tiles but the last. Where groups do not end with a tile, narrow tiles waste less: a tile reads
/// all input channels of all its groups, with weights of zero where output and input are of different groups.
INLINE long tile_width(const ek_convolution *c) {
  return c->groups == 1 || c->out_channels / c->groups % (WIDEST * B) == 0 ? WIDEST : 1;
}

/// The first tile: give `next_slab` a zeroed one.
static int next_slab(const ek_convolution *c, struct slab *s) {
  s->weights += s->width == 0 ? 0 : ((s->inputs - 1) * B + s->last_lanes) * taps_of(c) * s->width * B;
  s->first_block += s->width;
  if (s->first_block >= blocks(c->out_channels)) return 0;
  s->width = least(tile_width(c), blocks(c->out_channels) - s->first_block);
  long per_group = c->channels / c->groups, out_per_group = c->out_channels / c->groups;
  long last_out = least((s->first_block + s->width) * B, c->out_channels) - 1;
  long first = s->first_block * B / out_per_group * per_group;
  long end = (last_out / out_per_group + 1) * per_group;
  s->first_input = first / B;
  s->inputs = (end + B - 1) / B - s->first_input;
  s->last_lanes = end - (s->first_input + s->inputs - 1) * B;
  return 1;
}

static long packed_count(const ek_convolution *c) {
  if (is_depthwise(c)) return blocks(c->channels) * taps_of(c) * B;
  struct slab s = {0};
  while (next_slab(c, &s)) {
  }
  return s.weights;
}

enum { PACKED_ROWS = B / 2 };

/// The weights of input channel `channel` and output channels from `first` on, its taps `step` floats apart.
INLINE void pack_channel(const ek_convolution *c, long first, long channel, const float *weights, long step,
                         float *to) {
  const long taps = taps_of(c), per_group = c->channels / c->groups, out_per_group = c->out_channels / c->groups;
  // Output channels of the input channel's group: the others' weights are zero.
  const long group = c->groups == 1 ? 0 : channel / per_group, row = per_group * taps;
  const long from = least(most(group * out_per_group - first, 0), PACKED_ROWS);
  const long end = most(least((group + 1) * out_per_group - first, PACKED_ROWS), from);
  weights += first * row + (channel - group * per_group) * taps;
  for (long t = 0; t < taps; t++, to += step) {
    if (from == 0 && end == PACKED_ROWS) {
      UNROLL for (long m = 0; m < PACKED_ROWS; m++) to[m] = weights[m * row + t];
    } else {
      for (long m = 0; m < PACKED_ROWS; m++) to[m] = m >= from && m < end ? weights[m * row + t] : 0;
    }
  }
}

static void pack(const ek_convolution *c, const float *weights, float *packed) {
  const long taps = taps_of(c);
  if (is_depthwise(c)) {
    memset(packed, 0, packed_count(c) * sizeof(float));
    for (long m = 0; m < c->channels; m++)
      for (long t = 0; t < taps; t++) packed[(m / B * taps + t) * B + m % B] = weights[m * taps + t];
    return;
  }
  struct slab s = {0};
  while (next_slab(c, &s)) {
    const long width = s.width * B;
    float *to = packed + s.weights;
    for (long i = 0; i < s.inputs; i++) {
      const long lanes = i == s.inputs - 1 ? s.last_lanes : B;
      // Few rows at a time: many of them, a power of two apart, would compete for the same lines of the cache.
      for (long row = 0; row < width; row += PACKED_ROWS)
        for (long lane = 0; lane < lanes; lane++)
          pack_channel(c, s.first_block * B + row, (s.first_input + i) * B + lane, weights, lanes * width,
                       to + lane * width + row);
      to += taps * lanes * width;
    }
  }
}
