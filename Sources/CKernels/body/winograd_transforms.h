// The linear maps of Winograd's minimal filtering, F(m x m, 3 x 3) (Lavin and Gray 2016): m + 2 products stand for m
// sums of 3. A tile's input and the filters are transformed, multiplied position by position and summed over channels,
// and m x m outputs are transformed back. Each map is applied to columns, then to rows.
//
// Points: F(4): 0, +-sqrt(1/2), +-sqrt(2), infinity; F(6): 0, +-1, +-2, +-1/2, infinity. With the usual +-1, +-2 F(4)
// would err three times as much.
//
// Largest error, relative to the largest output, of normally distributed input and weights (less for input that is
// nowhere negative), on every instruction set:
//   channels    16      64      128     256     512     640
//   direct      0.6e-6  1.1e-6  1.8e-6  2.3e-6  3.1e-6  3.1e-6
//   F(4)        1.1e-6  1.7e-6  2.5e-6  2.7e-6  4.4e-6  4.8e-6
//   F(6)        0.7e-5  1.2e-5  1.5e-5  2.0e-5  2.8e-5  2.8e-5

enum { MOST_SIDE = 8 };

/// m + 2 inputs to two of as many points: 0 and infinity for pair 0, then a point and its negative. Each is the inputs'
/// sum weighted by the polynomial that is zero at the other points.
INLINE void input_pair(const int m, const int pair, const vec *d, vec *first, vec *second) {
  if (pair == 0) {
    *first = m == 4 ? d[0] - 2.5f * d[2] + d[4] : d[0] - d[6] + 5.25f * (d[4] - d[2]);
    *second = m == 4 ? d[1] - 2.5f * d[3] + d[5] : d[7] - d[1] + 5.25f * (d[3] - d[5]);
    return;
  }
  vec even, odd;
  float point;
  if (m == 4) {
    const float other_squared = pair == 1 ? 2 : 0.5f;
    point = pair == 1 ? 0.70710678f : 1.41421356f;
    even = d[4] - other_squared * d[2];
    odd = d[3] - other_squared * d[1];
  } else {
    const float sum = pair == 1 ? 4.25f : pair == 2 ? 1.25f : 5, product = pair == 1 ? 1 : pair == 2 ? 0.25f : 4;
    point = pair == 1 ? 1 : pair == 2 ? 2 : 0.5f;
    even = d[6] - sum * d[4] + product * d[2];
    odd = d[5] - sum * d[3] + product * d[1];
  }
  *first = even + point * odd;
  *second = even - point * odd;
}

/// 3 taps to m + 2 points: the filter as a polynomial, over the product of the point's distances from the others. F(4)
/// leaves that, but for the point itself, to `output_line`, which takes no longer for it.
INLINE void weight_line(const int m, const vec *g, vec *t) {
  if (m == 4) {
    const vec even_small = g[0] * 1.41421356f + g[2] * 0.70710678f;
    const vec even_large = g[0] * 0.70710678f + g[2] * 1.41421356f;
    t[0] = g[0];
    t[1] = even_small + g[1];
    t[2] = even_small - g[1];
    t[3] = even_large + g[1];
    t[4] = even_large - g[1];
    t[5] = g[2];
  } else {
    const vec even_1 = (g[0] + g[2]) * (-1 / 4.5f), odd_1 = g[1] * (-1 / 4.5f);
    const vec even_2 = g[0] * (1 / 90.0f) + g[2] * (4 / 90.0f), odd_2 = g[1] * (2 / 90.0f);
    const vec even_half = g[0] * (1 / 1.40625f) + g[2] * (0.25f / 1.40625f), odd_half = g[1] * (0.5f / 1.40625f);
    t[0] = g[0];
    t[1] = even_1 + odd_1;
    t[2] = even_1 - odd_1;
    t[3] = even_2 + odd_2;
    t[4] = even_2 - odd_2;
    t[5] = even_half + odd_half;
    t[6] = even_half - odd_half;
    t[7] = g[2];
  }
}

/// Products at m + 2 points to m outputs: output i sums point^i times the point's product.
INLINE void output_line(const int m, const vec *p, vec *y) {
  if (m == 4) {
    // The points over the products of their distances from the others.
    const float small = 0.70710678f * 2 / 3, large = 1.41421356f / 6;
    const vec even_small = p[1] + p[2], odd_small = p[1] - p[2];
    const vec even_large = p[3] + p[4], odd_large = p[3] - p[4];
    y[0] = p[0] - small * even_small + large * even_large;
    y[1] = (1 / 3.0f) * (odd_large - odd_small);
    y[2] = 2 * large * even_large - 0.5f * small * even_small;
    y[3] = (2 / 3.0f) * odd_large - (1 / 6.0f) * odd_small + p[5];
  } else {
    const vec even_1 = p[1] + p[2], odd_1 = p[1] - p[2];
    const vec even_2 = p[3] + p[4], odd_2 = p[3] - p[4];
    const vec even_half = p[5] + p[6], odd_half = p[5] - p[6];
    y[0] = p[0] + even_1 + even_2 + even_half;
    y[1] = odd_1 + 2.0f * odd_2 + 0.5f * odd_half;
    y[2] = even_1 + 4.0f * even_2 + 0.25f * even_half;
    y[3] = odd_1 + 8.0f * odd_2 + 0.125f * odd_half;
    y[4] = even_1 + 16.0f * even_2 + 0.0625f * even_half;
    y[5] = odd_1 + 32.0f * odd_2 + 0.03125f * odd_half + p[7];
  }
}

/// A row of positions.
INLINE void input_row(const int m, const vec *d, float *to, long step) {
  vec first, second;
  input_pair(m, 0, d, &first, &second);
  store(to, first);
  store(to + (m + 1) * step, second);
  UNROLL for (int pair = 1; pair <= m / 2; pair++) {
    input_pair(m, pair, d, &first, &second);
    store(to + (2 * pair - 1) * step, first);
    store(to + 2 * pair * step, second);
  }
}

/// (m + 2)^2 pixels of a block at `from` to as many positions, `step` floats apart. Two rows of positions at a time, so
/// that what lies between the maps stays in registers, though pixels are loaded more than once.
INLINE void input_tile(const int m, const float *from, long row, float *to, long step) {
  const int n = m + 2;
  UNROLL for (int pair = 0; pair <= m / 2; pair++) {
    vec first[MOST_SIDE], second[MOST_SIDE];
    UNROLL for (int x = 0; x < n; x++) {
      vec d[MOST_SIDE];
      UNROLL for (int y = 0; y < n; y++) d[y] = load(from + y * row + x * B);
      input_pair(m, pair, d, first + x, second + x);
    }
    input_row(m, first, to + (pair == 0 ? 0 : 2 * pair - 1) * n * step, step);
    input_row(m, second, to + (pair == 0 ? n - 1 : 2 * pair) * n * step, step);
  }
}

/// B filters' taps, the first at element `at` and the others `tap_step` elements apart, to (m + 2)^2 positions.
INLINE void weight_tile(const int m, const ek_element element, const void *from, long at, long tap_step, float *to,
                        long step) {
  const int n = m + 2;
  vec t[MOST_SIDE][3];
  UNROLL for (int x = 0; x < 3; x++) {
    vec g[3], column[MOST_SIDE];
    UNROLL for (int y = 0; y < 3; y++) g[y] = load_as(element, from, at + (y * 3 + x) * tap_step);
    weight_line(m, g, column);
    UNROLL for (int y = 0; y < n; y++) t[y][x] = column[y];
  }
  UNROLL for (int y = 0; y < n; y++) {
    vec line[MOST_SIDE];
    weight_line(m, t[y], line);
    UNROLL for (int x = 0; x < n; x++) store(to + (y * n + x) * step, line[x]);
  }
}

/// The sums of (m + 2)^2 positions, `step` floats apart, to m x m outputs of a block.
INLINE void output_tile(const int m, const float *from, long step, vec y[6][6]) {
  const int n = m + 2;
  vec t[6][MOST_SIDE];
  UNROLL for (int x = 0; x < n; x++) {
    vec p[MOST_SIDE], column[6];
    UNROLL for (int i = 0; i < n; i++) p[i] = load(from + (i * n + x) * step);
    output_line(m, p, column);
    UNROLL for (int i = 0; i < m; i++) t[i][x] = column[i];
  }
  UNROLL for (int i = 0; i < m; i++) output_line(m, t[i], y[i]);
}
