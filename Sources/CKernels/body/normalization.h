// Normalisation of each pixel's channels, or of each row: mean, then variance about the mean, then the result. What
// three passes read stays in the nearest caches.

INLINE vec factor_of_variance(vec variance, float epsilon) {
  return 1.0f / __builtin_elementwise_sqrt(variance + epsilon);
}

/// What a line of channels (or a pixel in each lane) is normalised with: (x - mean) * factor.
struct line {
  vec mean, factor;
};

/// `count` pixels (B or 1) from pixel `p` on: sums are kept by lane, then added across lanes for all pixels at once.
INLINE struct line line_of_pixels(const ek_layer_normalization *n, long p, const int count) {
  const long all = blocks(n->channels), step = n->pixels * B, last_lanes = n->channels - (all - 1) * B;
  const float *from = n->input + p * B;
  vec sum[B];
  UNROLL for (int i = 0; i < count; i++) sum[i] = first_lanes(load(from + (all - 1) * step + i * B), last_lanes);
  for (long block = 0; block < all - 1; block++)
    UNROLL for (int i = 0; i < count; i++) sum[i] += load(from + block * step + i * B);
  const vec mean = sums_of_lanes(sum, count) / (float)n->channels;

  UNROLL for (int i = 0; i < count; i++) {
    const vec rest = first_lanes(load(from + (all - 1) * step + i * B) - mean[i], last_lanes);
    sum[i] = rest * rest;
  }
  for (long block = 0; block < all - 1; block++)
    UNROLL for (int i = 0; i < count; i++) {
      const vec rest = load(from + block * step + i * B) - mean[i];
      sum[i] += rest * rest;
    }
  return (struct line){mean, factor_of_variance(sums_of_lanes(sum, count) / (float)n->channels, n->epsilon)};
}

INLINE void normalize_pixels(const ek_layer_normalization *n, long p, const int count) {
  const long all = blocks(n->channels), step = n->pixels * B, last_lanes = n->channels - (all - 1) * B;
  const float *from = n->input + p * B;
  const struct line line = line_of_pixels(n, p, count);
  for (long block = 0; block < all; block++) {
    const vec scale = n->scale ? load(n->scale + block * B) : (vec)1.0f;
    const vec shift = n->shift ? load(n->shift + block * B) : (vec)0.0f;
    UNROLL for (int i = 0; i < count; i++) {
      const long at = block * step + i * B;
      vec y = (load(from + at) - line.mean[i]) * line.factor[i] * scale + shift;
      if (block == all - 1) y = first_lanes(y, last_lanes);
      store(n->output + p * B + at, y);
    }
  }
}

INLINE struct line line_of_row(const ek_layer_normalization *n, const float *x) {
  const long channels = n->channels, whole = channels / B * B, rest = channels - whole;
  vec sum = load_some(x + whole, rest), other = (vec)0.0f;
  long i = 0;
  for (; i + 2 * B <= whole; i += 2 * B) {
    sum += load(x + i);
    other += load(x + i + B);
  }
  if (i < whole) other += load(x + i);
  const float mean = sum_of_lanes(sum + other) / (float)channels;

  sum = first_lanes(load_some(x + whole, rest) - mean, rest);
  sum *= sum;
  other = (vec)0.0f;
  for (i = 0; i + 2 * B <= whole; i += 2 * B) {
    const vec a = load(x + i) - mean, b = load(x + i + B) - mean;
    sum += a * a;
    other += b * b;
  }
  if (i < whole) {
    const vec a = load(x + i) - mean;
    other += a * a;
  }
  const vec variance = (vec)(sum_of_lanes(sum + other) / (float)channels);
  return (struct line){(vec)mean, factor_of_variance(variance, n->epsilon)};
}

static void normalize_row(const ek_layer_normalization *n, const float *x, float *y) {
  const long channels = n->channels, whole = channels / B * B, rest = channels - whole;
  const struct line line = line_of_row(n, x);
  const vec mean = line.mean, factor = line.factor;
  for (long i = 0; i < whole; i += B)
    store(y + i, (load(x + i) - mean) * factor * (n->scale ? load(n->scale + i) : (vec)1.0f) +
                     (n->shift ? load(n->shift + i) : (vec)0.0f));
  if (rest == 0) return;
  const vec scale = n->scale ? load_some(n->scale + whole, rest) : (vec)1.0f;
  const vec shift = n->shift ? load_some(n->shift + whole, rest) : (vec)0.0f;
  store_some(y + whole, (load_some(x + whole, rest) - mean) * factor * scale + shift, rest);
}

static void normalize_layer(const ek_layer_normalization *n, const ek_team *team) {
  long first, end;
  if (n->rows) {
    ek_share(team, n->rows, &first, &end);
    for (long row = first; row < end; row++)
      normalize_row(n, n->input + row * n->channels, n->output + row * n->channels);
    return;
  }
  if (n->channels == 0) return;
  ek_share(team, (n->pixels + B - 1) / B, &first, &end);
  end = least(end * B, n->pixels);
  long p = first * B;
  for (; p + B <= end; p += B) normalize_pixels(n, p, B);
  for (; p < end; p++) normalize_pixels(n, p, 1);
}

/// exp(x - largest) / sum of them. Lanes beyond the row's end are negative infinities: they add nothing.
static void softmax_row(long width, const float *x, float *y) {
  const vec lowest = (vec)(-__builtin_inff());
  const long whole = width / B * B, rest = width - whole;
  const vec last = rest ? first_of_lanes(rest) ? load_some(x + whole, rest) : lowest : lowest;
  vec best = last > lowest ? last : lowest;
  for (long i = 0; i < whole; i += B) {
    const vec v = load(x + i);
    best = v > best ? v : best;
  }
  const float largest = largest_of_lanes(best);

  vec sum = exp_lanes(last - largest);
  if (rest) store_some(y + whole, sum, rest);
  sum = first_lanes(sum, rest);
  for (long i = 0; i < whole; i += B) {
    const vec e = exp_lanes(load(x + i) - largest);
    store(y + i, e);
    sum += e;
  }
  const float share = 1 / sum_of_lanes(sum);
  for (long i = 0; i < whole; i += B) store(y + i, load(y + i) * share);
  if (rest) store_some(y + whole, load_some(y + whole, rest) * share, rest);
}

static void softmax(const ek_softmax *s, const ek_team *team) {
  long first, end;
  ek_share(team, s->rows, &first, &end);
  for (long row = first; row < end; row++) softmax_row(s->width, s->input + row * s->width, s->output + row * s->width);
}
