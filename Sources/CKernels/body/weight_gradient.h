// The gradient by a convolution's weights: products of matrices whose sums run over all output pixels of all samples.
//
// The rows of all outputs, sample after sample, are cut into chunks, each summed up by itself, and the weights into
// pairs: one or two blocks of output channels by a block of input channels. A chunk of a pair is a unit of work. How
// many there are, the extents alone decide, and the chunks are joined in their order: so a team of any size makes the
// same sums. Within a chunk members go from piece to piece of a few rows, whose input and gradient stay in the cache
// while all taps of all pairs meet them.

struct gradient_plan {
  ek_weight_gradient work;    // lines of 1 x 1 windows joined
  ek_convolution convolution; // whose weights these are, as far as their packing goes
  int is_depthwise, is_winograd;
  long pairs, chunks;
  long lines, piece; // rows of all outputs, and those in a piece; tiles, where Winograd's
  long tap_floats, pair_floats; // of a chunk's sums: tap, input channel, output channel
  long at_once;      // pairs whose sums the scratch memory holds
};

/// A pair's blocks.
struct gradient_pair {
  long first_block, width, input;
};

enum {
  PIECE_PIXELS = 1024,
  CHUNK_PIXELS = 512, // at least
  CHUNK_TILES = 64, // at least
  GRADIENT_UNITS = 64, // enough for eight members to have nearly equal shares
  GRADIENT_FLOATS = 16 << 20, // the most scratch memory
};

/// Where windows of 1 x 1 meet every pixel once, several rows are one.
static void join_rows(ek_weight_gradient *w) {
  const ek_window *k = &w->window;
  if (k->kernel_height * k->kernel_width > 1 || k->stride_y > 1 || k->stride_x > 1 || k->pad_top || k->pad_left ||
      w->height != w->out_height || w->width != w->out_width)
    return;
  long rows = 1;
  for (long i = 2; i <= w->height && i * w->width <= PIECE_PIXELS; i++)
    if (w->height % i == 0) rows = i;
  w->height = w->out_height = w->height / rows;
  w->width = w->out_width = w->width * rows;
}

/// Chunks, so many at most: joining should cost little.
INLINE long chunks_of(const struct gradient_plan *p, long at_most) {
  const long chunks = least(ceiling(GRADIENT_UNITS, p->pairs), at_most);
  return most(1, least(chunks, GRADIENT_FLOATS / (p->pairs * p->pair_floats)));
}

static void plan_lines(struct gradient_plan *p) {
  ek_weight_gradient *w = &p->work;
  join_rows(w);
  p->lines = w->samples * w->out_height;
  p->piece = most(1, PIECE_PIXELS / w->out_width);
  p->chunks = chunks_of(p, least(p->lines, p->lines * w->out_width / CHUNK_PIXELS));
}

static int plan_winograd(struct gradient_plan *p) {
  if (!can_sum_by_winograd(&p->work)) return 0;
  p->lines = p->work.samples * tiles_of_sample(&p->work);
  p->chunks = chunks_of(p, p->lines / CHUNK_TILES);
  return pays_by_winograd(&p->work, p->chunks);
}

static struct gradient_plan gradient_plan_of(const ek_weight_gradient *w) {
  struct gradient_plan p = {
      .work = *w,
      .convolution = {.channels = w->channels,
                      .out_channels = w->out_channels,
                      .groups = w->groups,
                      .window = w->window},
  };
  const ek_convolution *c = &p.convolution;
  p.is_depthwise = is_depthwise(c);
  if (p.is_depthwise) {
    p.pairs = blocks(w->channels);
    p.tap_floats = B;
  } else {
    struct slab slab = {0};
    while (next_slab(c, &slab)) p.pairs += slab.inputs;
    // Other kernels than narrow ones may sum up a block's padding, too.
    const long lanes = w->channels <= MOST_NARROW ? w->channels : B;
    p.tap_floats = lanes * least(tile_width(c), blocks(w->out_channels)) * B;
  }
  p.pair_floats = taps_of(c) * p.tap_floats;
  p.is_winograd = plan_winograd(&p);
  if (!p.is_winograd) plan_lines(&p);
  p.at_once = most(1, least(p.pairs, GRADIENT_FLOATS / (p.chunks * p.pair_floats)));
  return p;
}

static long weight_gradient_scratch(const ek_weight_gradient *w, long threads) {
  const struct gradient_plan p = gradient_plan_of(w);
  const long own = p.is_winograd ? winograd_room_of(&p.convolution).floats : 0;
  return p.chunks * p.at_once * p.pair_floats + threads * own;
}

/// Lanes of a pair's input from `lane` on that are summed up together: a kernel's, and how many those are.
INLINE outer_function *outer_of(const struct gradient_plan *p, long taps, long lanes, long width, long *taken) {
  if (p->is_depthwise) {
    *taken = lanes;
    return outer_depthwise[taps - 1];
  }
  if (p->work.planes || lanes <= MOST_NARROW) {
    *taken = least(lanes, MOST_NARROW);
    return outer_narrow[p->work.planes][taps - 1][*taken - 1];
  }
  *taken = width == 1 ? (taps == 1 ? LANES(1, 1) : LANES(2, 1)) : (taps == 1 ? LANES(1, WIDEST) : LANES(2, WIDEST));
  return outer_wide[width - 1][taps - 1];
}

/// Adds what lines [first, end) give a pair to its sums.
static void add_piece(const struct gradient_plan *p, const struct gradient_pair *pair, long first, long end,
                      float *sums) {
  const ek_weight_gradient *w = &p->work;
  const ek_window *k = &w->window;
  const long unit = w->planes ? 1 : B, lanes = least(B, w->channels - pair->input * B);
  const long in_block = w->height * w->width * B, out_block = w->out_height * w->out_width * B;
  struct outer_sum s = {
      .input_sample = w->input_stride,
      .input_row = w->width * unit,
      .input_pixel = k->stride_x * unit,
      .input_lane = w->height * w->width,
      .gradient_sample = w->gradient_stride,
      .gradient_row = w->out_width * B,
      .gradient_block = out_block,
      .sample = first / w->out_height,
      .row = first % w->out_height,
      .lines = end - first,
      .rows = w->out_height,
      .stride_y = k->stride_y,
      .dilation_y = k->dilation_y,
      .height = w->height,
      .tap_sums = k->kernel_width * p->tap_floats,
      .lane_sums = pair->width * B,
  };
  for (long kx = 0; kx < k->kernel_width; kx++) {
    const long x = kx * k->dilation_x - k->pad_left;
    long left, right;
    taps_within(x, k->stride_x, w->out_width, 0, w->width, &left, &right);
    if (left == right) continue;
    s.pixels = right - left;
    const float *input = w->input + pair->input * in_block + (x + left * k->stride_x) * unit;
    const float *gradient = w->gradient + pair->first_block * out_block + left * B;
    for (long ky = 0, taps; ky < k->kernel_height; ky += taps) {
      // Four are two by two.
      const long above = k->kernel_height - ky;
      taps = above == MOST_TAPS + 1 ? 2 : least(above, MOST_TAPS);
      s.y = ky * k->dilation_y - k->pad_top;
      float *tap = sums + (ky * k->kernel_width + kx) * p->tap_floats;
      for (long lane = 0, taken; lane < lanes; lane += taken) {
        outer_function *add = outer_of(p, taps, lanes - lane, pair->width, &taken);
        s.input = input + lane * (w->planes ? s.input_lane : 1);
        s.sums = tap + lane * s.lane_sums;
        s.gradient = gradient;
        // Those that are not of one width take block after block.
        const int by_block = w->planes || lanes - lane <= MOST_NARROW;
        for (long v = 0; v < (by_block ? pair->width : 1); v++) {
          add(&s);
          s.gradient += out_block;
          s.sums += B;
        }
      }
    }
  }
}

/// Calls `add_piece` for pairs [first, end), whose sums lie one after the other.
static void add_pairs(const struct gradient_plan *p, long first, long end, long line, long last_line, float *sums) {
  if (p->is_depthwise) {
    for (long i = first; i < end; i++, sums += p->pair_floats)
      add_piece(p, &(struct gradient_pair){i, 1, i}, line, last_line, sums);
    return;
  }
  struct slab slab = {0};
  for (long at = 0; at < end && next_slab(&p->convolution, &slab); at += slab.inputs)
    for (long i = most(first - at, 0); i < least(end - at, slab.inputs); i++, sums += p->pair_floats)
      add_piece(p, &(struct gradient_pair){slab.first_block, slab.width, slab.first_input + i}, line, last_line, sums);
}

/// A member's units of pairs [first, first + count), which lie chunk after chunk.
static void sum_units(const struct gradient_plan *p, long first, long count, const ek_team *team) {
  long unit, last;
  ek_share(team, p->chunks * count, &unit, &last);
  while (unit < last) {
    const long chunk = unit / count, from = unit % count, end = least(count, from + last - unit);
    float *sums = p->work.scratch + unit * p->pair_floats;
    const long top = p->lines * chunk / p->chunks, bottom = p->lines * (chunk + 1) / p->chunks;
    if (p->is_winograd) {
      float *own = p->work.scratch + p->chunks * p->at_once * p->pair_floats;
      own += team->index * winograd_room_of(&p->convolution).floats;
      sum_by_winograd(&p->work, &p->convolution, first + from, first + end, top, bottom, p->pair_floats, own, sums);
    } else {
      memset(sums, 0, (unsigned long)((end - from) * p->pair_floats) * sizeof(float));
      for (long line = top; line < bottom; line += p->piece)
        add_pairs(p, first + from, first + end, line, least(line + p->piece, bottom), sums);
    }
    unit += end - from;
  }
}

/// A block of all chunks' sums.
INLINE vec joined_chunks(const float *sums, long chunks, long step) {
  vec sum = load(sums);
  for (long i = 1; i < chunks; i++) sum += load(sums + i * step);
  return sum;
}

/// Writes the weights of one input channel of a pair.
static void write_channel(const struct gradient_plan *p, const struct gradient_pair *pair, long lane, const float *sums,
                          long step) {
  const ek_weight_gradient *w = &p->work;
  const long taps = taps_of(&p->convolution), channel = pair->input * B + lane;
  const long per_group = w->channels / w->groups, out_per_group = w->out_channels / w->groups;
  const long first = channel / per_group * out_per_group, end = first + out_per_group;
  for (long v = 0; v < pair->width; v++) {
    const long block = (pair->first_block + v) * B;
    const long from = most(first, block), until = least(end, block + B);
    if (from >= until) continue;
    float *to = w->weights + (from * per_group + channel % per_group) * taps;
    for (long tap = 0; tap < taps; tap++, to++) {
      const vec sum = joined_chunks(sums + tap * p->tap_floats + (lane * pair->width + v) * B, p->chunks, step);
      float lanes[B];
      store(lanes, sum);
      float *at = to;
      for (long m = from; m < until; m++, at += per_group * taps)
        *at = w->adds ? *at + lanes[m - block] : lanes[m - block];
    }
  }
}

/// Writes the weights of one block of channels.
static void write_depthwise(const struct gradient_plan *p, long block, const float *sums, long step) {
  const ek_weight_gradient *w = &p->work;
  const long taps = taps_of(&p->convolution), lanes = least(B, w->channels - block * B);
  for (long tap = 0; tap < taps; tap++) {
    float sum[B];
    store(sum, joined_chunks(sums + tap * B, p->chunks, step));
    for (long lane = 0; lane < lanes; lane++) {
      float *to = w->weights + (block * B + lane) * taps + tap;
      *to = w->adds ? *to + sum[lane] : sum[lane];
    }
  }
}

/// A member's part of the weights of pairs [first, end): input channel by input channel.
static void join_units(const struct gradient_plan *p, long first, long end, const ek_team *team) {
  const float *scratch = p->work.scratch;
  const long step = (end - first) * p->pair_floats;
  long unit, last;
  if (p->is_depthwise) {
    ek_share(team, end - first, &unit, &last);
    for (; unit < last; unit++) write_depthwise(p, first + unit, scratch + unit * p->pair_floats, step);
    return;
  }
  ek_share(team, (end - first) * B, &unit, &last);
  struct slab slab = {0};
  // Pairs before those that the scratch memory holds count as units before the first.
  for (long at = -first; at * B < last && next_slab(&p->convolution, &slab); at += slab.inputs)
    for (long i = most(unit / B - at, 0); i < slab.inputs && (at + i) * B < last; i++) {
      const struct gradient_pair pair = {slab.first_block, slab.width, slab.first_input + i};
      const long from = most(unit - (at + i) * B, 0), lanes = least(B, p->work.channels - pair.input * B);
      for (long lane = from; lane < least(lanes, last - (at + i) * B); lane++)
        write_channel(p, &pair, lane, scratch + (at + i) * p->pair_floats, step);
    }
}

static void gradient_by_weights(const ek_weight_gradient *w, const ek_team *team) {
  const struct gradient_plan p = gradient_plan_of(w);
  for (long first = 0; first < p.pairs; first += p.at_once) {
    const long count = least(p.at_once, p.pairs - first);
    if (first > 0) ek_wait(team);
    sum_units(&p, first, count, team);
    ek_wait(team);
    join_units(&p, first, first + count, team);
  }
}

#undef LANES
