// The input of a band as its schedule wants it.

/// `count` pixels of a phase's row: column `start` + j * `stride` of the row at `from`, or zero where there is none.
INLINE void copy_row(const float *from, long input_width, long start, long stride, long count, int is_planar,
                     float *to) {
  long left = start >= 0 ? 0 : ceiling(-start, stride);
  long right = input_width <= start ? 0 : ceiling(input_width - start, stride);
  left = least(left, count);
  right = most(left, least(right, count));
  if (is_planar) {
    from += start;
    for (long j = 0; j < left; j++) to[j] = 0;
    if (stride == 1)
      for (long j = left; j < right; j++) to[j] = from[j];
    else if (stride == 2)
      for (long j = left; j < right; j++) to[j] = from[j * 2];
    else
      for (long j = left; j < right; j++) to[j] = from[j * stride];
    for (long j = right; j < count; j++) to[j] = 0;
  } else {
    const vec zero = (vec)0.0f;
    from += start * B;
    for (long j = 0; j < left; j++) store(to + j * B, zero);
    for (long j = left; j < right; j++) store(to + j * B, load(from + j * stride * B));
    for (long j = right; j < count; j++) store(to + j * B, zero);
  }
}

/// Copies input blocks [first, end), all of planar ones, for the band of `rows` x `columns` output pixels at (oy, ox).
static void copy_band(const ek_convolution *c, const struct schedule *s, long first, long end, long oy, long rows,
                      long ox, long columns, float *to) {
  const ek_window *w = &c->window;
  const int unit = s->is_planar ? 1 : B;
  const long height = phase_rows(w, rows), width = phase_columns(w, s->is_flat, columns);
  const long pitch = phase_columns(w, s->is_flat, s->band_columns) * unit;
  const long plane = pitch * phase_rows(w, s->band_rows);
  const long from = s->is_planar ? 0 : first, until = s->is_planar ? c->channels : end;
  for (long i = from; i < until; i++) {
    const float *input = c->input + i * c->height * c->width * unit;
    for (long py = 0; py < s->row_phases; py++)
      for (long px = 0; px < s->column_phases; px++, to += plane) {
        const long top = oy * w->stride_y + py * w->dilation_y % w->stride_y - w->pad_top;
        const long tap = px * w->dilation_x;
        const long left = ox * w->stride_x + (s->is_flat ? tap : tap % w->stride_x) - w->pad_left;
        for (long j = 0; j < height; j++) {
          const long y = top + j * w->stride_y;
          float *row = to + j * pitch;
          if (y < 0 || y >= c->height)
            memset(row, 0, (unsigned long)(width * unit) * sizeof(float));
          else
            copy_row(input + y * c->width * unit, c->width, left, w->stride_x, width, s->is_planar, row);
        }
      }
  }
}

/// Where a tap lies, from the first.
static long tap_offset(const ek_convolution *c, const struct schedule *s, long ky, long kx) {
  const ek_window *w = &c->window;
  const long unit = s->is_planar ? 1 : B, y = ky * w->dilation_y, x = kx * w->dilation_x;
  if (!s->copies) return (y * c->width + x) * unit;
  const long pitch = phase_columns(w, s->is_flat, s->band_columns);
  const long phase = ky % s->row_phases * s->column_phases + kx % s->column_phases;
  return ((phase * phase_rows(w, s->band_rows) + y / w->stride_y) * pitch + (s->is_flat ? 0 : x / w->stride_x)) * unit;
}

INLINE long tap_count(const ek_convolution *c, const struct schedule *s) {
  return taps_of(c) * (s->is_planar ? c->channels : 1);
}

/// Floats that hold the table of taps, a multiple of a cache line.
INLINE long tap_floats(const ek_convolution *c, const struct schedule *s) {
  return ceiling(tap_count(c, s) * (long)(sizeof(long) / sizeof(float)), 16) * 16;
}

/// The table of taps. Planar channels are taps of their own, in the order of the weights.
static void fill_taps(const ek_convolution *c, const struct schedule *s, long *to) {
  const ek_window *w = &c->window;
  const long plane = s->copies ? plane_floats(w, s, s->band_rows) : c->height * c->width;
  for (long i = 0; i < (s->is_planar ? c->channels : 1); i += B)
    for (long ky = 0; ky < w->kernel_height; ky++)
      for (long kx = 0; kx < w->kernel_width; kx++) {
        const long offset = tap_offset(c, s, ky, kx);
        for (long lane = 0; lane < (s->is_planar ? least(B, c->channels - i) : 1); lane++)
          *to++ = (i + lane) * plane + offset;
      }
}
