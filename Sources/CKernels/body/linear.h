// A matrix times vectors, both row-major: dot products along K. Four rows of weights go together, each a stream of its
// own, and every weight that was read serves several vectors.

INLINE float lane_sum(vec v) {
  float sum = 0;
  UNROLL for (int lane = 0; lane < B; lane++) sum += v[lane];
  return sum;
}

/// `rows` rows of x by `columns` rows of w.
INLINE void dot_products(long n, long k, const float *x, const float *w, const float *bias, float *y,
                         const int rows, const int columns) {
  vec sum[VECTORS * 4]; // rows * columns at most
  UNROLL for (int i = 0; i < rows * columns; i++) sum[i] = (vec)0.0f;
  long at = 0;
  for (; at + B <= k; at += B) {
    vec factor[4];
    UNROLL for (int j = 0; j < columns; j++) factor[j] = load(w + j * k + at);
    UNROLL for (int i = 0; i < rows; i++) {
      const vec part = load(x + i * k + at);
      UNROLL for (int j = 0; j < columns; j++) sum[i * columns + j] += part * factor[j];
    }
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < columns; j++) {
      float total = lane_sum(sum[i * columns + j]);
      for (long rest = at; rest < k; rest++) total += x[i * k + rest] * w[j * k + rest];
      y[i * n + j] = total + (bias ? bias[j] : 0);
    }
}

static void linear(const ek_linear *l, const ek_team *team) {
  if (team->index > 0) return;
  const long m = l->m, n = l->n, k = l->k;
  const float *x = l->x, *w = l->w, *bias = l->bias;
  for (long j = 0; j < n;) {
    const int wide = n - j >= 4;
    long i = 0;
    for (; wide && i + VECTORS <= m; i += VECTORS)
      dot_products(n, k, x + i * k, w + j * k, bias ? bias + j : 0, l->y + i * n + j, VECTORS, 4);
    for (; i < m; i++) {
      if (wide)
        dot_products(n, k, x + i * k, w + j * k, bias ? bias + j : 0, l->y + i * n + j, 1, 4);
      else
        dot_products(n, k, x + i * k, w + j * k, bias ? bias + j : 0, l->y + i * n + j, 1, 1);
    }
    j += wide ? 4 : 1;
  }
  if (l->residual)
    for (long i = 0; i < m * n; i++) l->y[i] += l->residual[i];
  activate(&l->activation, m * n, l->y, l->y);
}
