// How a direct convolution is cut into pieces: bands of output pixels, chunks of input channels, tiles; who computes
// which; and how the input lies before the tiles.
//
// A band's input is copied where the window is padded or strides along x: zeros around it, and pixels that the same tap
// meets side by side. Input rows and columns that taps meet with the same remainder modulo the stride make a "phase", a
// plane of its own. So tiles know neither border nor stride. Where rows are too short for good tiles, every tap column
// gets its own plane, as wide as the output: then a tile runs on from the end of one row to the next.

struct schedule {
  int copies;
  int is_planar; // what tiles read has one channel after the other: a pixel is one float, not a block
  int is_flat;   // a band's pixels are one line, for the tiles and in the output
  long height, width; // of the output; one row where the whole map is one line without a copy
  long band_rows, band_columns;
  long chunk; // input blocks
  long row_phases, column_phases;
  int shares_tiles; // members share every band's tiles; else each has its own rows (of a single row: columns)
};

INLINE long ceiling(long a, long b) { return (a + b - 1) / b; }

/// The phases of taps: tap k is in phase k % phases, for `phases` = period where there are so many taps.
INLINE long phase_period(long dilation, long stride) {
  long period = 1;
  while (period * dilation % stride != 0) period++;
  return period;
}

/// Rows and columns of a phase's plane of a band's copy.
INLINE long phase_rows(const ek_window *w, long rows) {
  return rows + (w->kernel_height - 1) * w->dilation_y / w->stride_y;
}
INLINE long phase_columns(const ek_window *w, int is_flat, long columns) {
  return is_flat ? columns : columns + (w->kernel_width - 1) * w->dilation_x / w->stride_x;
}

/// Floats that a band's input takes for each of a chunk's channels or blocks.
static long plane_floats(const ek_window *w, const struct schedule *s, long rows) {
  return s->row_phases * s->column_phases * phase_rows(w, rows) * phase_columns(w, s->is_flat, s->band_columns) *
         (s->is_planar ? 1 : B);
}

INLINE long planes_of(const ek_convolution *c, const struct schedule *s) {
  return s->is_planar ? c->channels : s->chunk;
}

static long copy_floats(const ek_convolution *c, const struct schedule *s) {
  return s->copies ? ceiling(planes_of(c, s) * plane_floats(&c->window, s, s->band_rows), 16) * 16 : 0;
}

INLINE long most_pixels(long width) { return width == 2 ? PIXELS_2 : LONGEST_TILE; }

/// Quarters of a cycle for each input channel and tap: two products or two loads a cycle, as most processors do.
INLINE long tile_cost(long pixels, long width) {
  return most(most(2 * pixels * width * REGISTERS, 2 * (pixels + width * REGISTERS)), 8) + 1;
}

/// Of `pixels` in a line, cut into tiles as even as possible.
INLINE long line_cost(long pixels, long width) {
  const long runs = ceiling(pixels, most_pixels(width)), shorter = pixels / runs, longer = pixels % runs;
  return (runs - longer) * tile_cost(shorter, width) + longer * tile_cost(shorter + 1, width);
}

INLINE long band_cost(const struct schedule *s, long rows, long columns, long width) {
  return s->is_flat ? line_cost(rows * columns, width) : rows * line_cost(columns, width);
}

/// What the member with most to do takes, in quarters of a cycle.
static long makespan(const ek_convolution *c, const struct schedule *s, long threads) {
  const ek_window *w = &c->window;
  const int by_columns = s->height == 1;
  const long own = s->shares_tiles ? 1 : threads;
  const long rows = by_columns ? 1 : ceiling(s->height, own), columns = by_columns ? ceiling(s->width, own) : s->width;
  const long row_bands = ceiling(rows, s->band_rows), column_bands = ceiling(columns, s->band_columns);
  const long bands = row_bands * column_bands;
  const long last_rows = rows - (row_bands - 1) * s->band_rows;
  const long last_columns = columns - (column_bands - 1) * s->band_columns;

  struct slab slab = {0};
  next_slab(c, &slab);
  const long lanes = ((slab.inputs - 1) * B + slab.last_lanes) * taps_of(c);
  const long out_blocks = blocks(c->out_channels), wide = tile_width(c);
  long tiles = 0;
  for (long width = wide; width > 0; width--) {
    const long slabs = width == wide ? out_blocks / wide : out_blocks % wide == width;
    if (slabs > 0)
      tiles += slabs * ((bands - 1) * band_cost(s, s->band_rows, s->band_columns, width) +
                        band_cost(s, last_rows, last_columns, width));
  }
  const long weights = lanes * out_blocks * bands;
  const long input = blocks(c->channels) * (s->copies ? 8 : 2) *
                     (s->copies ? bands * plane_floats(w, s, s->band_rows) / (s->is_planar ? 1 : B)
                                : rows * columns);
  if (s->shares_tiles) {
    // Nobody can take less than a tile.
    const long largest = tile_cost(least(most_pixels(wide), s->is_flat ? rows * columns : columns), wide);
    return lanes * (tiles / threads + (threads > 1 ? largest / 2 : 0)) + weights * 2 / threads + input;
  }
  return lanes * tiles + weights * 2 + input;
}

/// Bands such that a chunk of their input stays in the second-level cache.
static void cut_into_bands(const ek_convolution *c, struct schedule *s, long threads) {
  const ek_window *w = &c->window;
  const long own = s->shares_tiles ? 1 : threads;
  const long planes = planes_of(c, s) * (s->is_planar ? 1 : B) * (long)sizeof(float);
  if (s->height == 1 && !(s->copies && s->is_flat)) {
    const long columns = ceiling(s->width, own);
    const long rows = s->copies ? s->row_phases * phase_rows(w, 1) * s->column_phases
                                : (w->kernel_height - 1) * w->dilation_y + 1;
    const long fit = most(INPUT_BYTES / (planes * rows) / PIXELS_1, 1) * PIXELS_1;
    // Below this the borders would be copied several times.
    const long enough = most(fit, 4 * (w->kernel_width - 1) * w->dilation_x);
    s->band_rows = 1;
    s->band_columns = ceiling(columns, ceiling(columns, enough));
    return;
  }
  s->band_columns = s->width;
  const long rows = ceiling(s->height, own);
  const long row =
      s->copies ? plane_floats(w, s, 1) / phase_rows(w, 1) / (s->is_planar ? 1 : B) : c->width * w->stride_y;
  const long fit = INPUT_BYTES / most(planes * row, 1) - (phase_rows(w, 1) - 1);
  // Less than four rows would copy most input rows several times.
  s->band_rows = ceiling(rows, ceiling(rows, most(fit, 4)));
}

static struct schedule schedule_of(const ek_convolution *c, long threads) {
  const ek_window *w = &c->window;
  const int is_padded = w->pad_top || w->pad_left || w->pad_bottom || w->pad_right;
  struct schedule s = {.height = c->out_height, .width = c->out_width, .row_phases = 1, .column_phases = 1};
  s.is_planar = c->planes;
  s.copies = is_padded || w->stride_x > 1;
  if (s.copies) {
    s.row_phases = least(w->kernel_height, phase_period(w->dilation_y, w->stride_y));
    s.column_phases = least(w->kernel_width, phase_period(w->dilation_x, w->stride_x));
  }
  if (!s.copies && taps_of(c) == 1 && w->stride_y == 1) {
    s.is_flat = 1;
    s.width *= s.height;
    s.height = 1;
  }

  // Channels of different groups meet in a band's copy, so that grouped convolutions take all of them at once.
  const long inputs = blocks(c->channels);
  const long largest =
      c->groups > 1 || s.is_planar ? inputs : most(1, WEIGHT_BYTES / (taps_of(c) * B * tile_width(c) * B * 4));
  s.chunk = ceiling(inputs, ceiling(inputs, largest));

  struct schedule best = s;
  long lowest = -1;
  for (int flat = s.is_flat; flat <= (s.is_flat || s.copies); flat++)
    for (int shares = 0; shares <= (threads > 1); shares++) {
      struct schedule candidate = s;
      candidate.is_flat = flat;
      candidate.shares_tiles = shares;
      if (flat && s.copies) candidate.column_phases = w->kernel_width;
      cut_into_bands(c, &candidate, threads);
      const long cost = makespan(c, &candidate, threads);
      if (lowest >= 0 && cost >= lowest) continue;
      lowest = cost;
      best = candidate;
    }
  return best;
}
