// Sums over pixels and over rows, in an order that the extents alone decide.

INLINE vec channel_sum(long pixels, const float *a, const float *b) {
  vec sum[PARTS];
  UNROLL for (int i = 0; i < PARTS; i++) sum[i] = (vec)0.0f;
  long p = 0;
  for (; p + PARTS <= pixels; p += PARTS)
    UNROLL for (int i = 0; i < PARTS; i++) {
      const vec x = load(a + (p + i) * B);
      sum[i] += b ? x * load(b + (p + i) * B) : x;
    }
  for (; p < pixels; p++) {
    const vec x = load(a + p * B);
    sum[0] += b ? x * load(b + p * B) : x;
  }
  return sum_of_parts(sum);
}

static void channel_sums(const ek_channel_sums *s, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(s->channels), &first, &end);
  for (long block = first; block < end; block++) {
    const long at = block * s->pixels * B;
    const vec sum = s->b ? channel_sum(s->pixels, s->a + at, s->b + at) : channel_sum(s->pixels, s->a + at, NULL);
    store(s->output + block * B, first_lanes(sum, s->channels - block * B));
  }
}

/// Rows that are summed up by themselves before the sum of all takes them: long sums err less.
#define ROWS_TOGETHER 64

/// `count` blocks of columns (or less than one, `lanes` of them).
INLINE void sum_columns(const ek_row_sums *s, long column, const int count, long lanes) {
  vec sum[PARTS];
  UNROLL for (int i = 0; i < count; i++) sum[i] = (vec)0.0f;
  for (long row = 0; row < s->rows; row += ROWS_TOGETHER) {
    vec part[PARTS];
    UNROLL for (int i = 0; i < count; i++) part[i] = (vec)0.0f;
    const long end = least(s->rows, row + ROWS_TOGETHER);
    for (long r = row; r < end; r++) {
      const float *x = s->input + r * s->stride + column;
      UNROLL for (int i = 0; i < count; i++) part[i] += lanes < B ? load_some(x, lanes) : load(x + i * B);
    }
    UNROLL for (int i = 0; i < count; i++) sum[i] += part[i];
  }
  float *to = s->output + column;
  if (lanes < B) {
    store_some(to, s->adds ? load_some(to, lanes) + sum[0] : sum[0], lanes);
    return;
  }
  UNROLL for (int i = 0; i < count; i++) store(to + i * B, s->adds ? load(to + i * B) + sum[i] : sum[i]);
}

static void row_sums(const ek_row_sums *s, const ek_team *team) {
  long column, end;
  share_of_floats(team, s->count, &column, &end);
  for (; column + PARTS * B <= end; column += PARTS * B) sum_columns(s, column, PARTS, B);
  for (; column + B <= end; column += B) sum_columns(s, column, 1, B);
  if (column < end) sum_columns(s, column, 1, end - column);
}

#undef ROWS_TOGETHER
