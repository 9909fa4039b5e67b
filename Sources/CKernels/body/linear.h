static void linear(long m, long n, long k, const float *x, const float *w, const float *bias, float minimum,
                   float maximum, float *y) {
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j++) {
      float sums[B] = {0};
      long at = 0;
      for (; at + B <= k; at += B)
        for (long lane = 0; lane < B; lane++) sums[lane] += x[i * k + at + lane] * w[j * k + at + lane];
      float sum = bias ? bias[j] : 0;
      for (long lane = 0; lane < B; lane++) sum += sums[lane];
      for (; at < k; at++) sum += x[i * k + at] * w[j * k + at];
      y[i * n + j] = clamped(sum, minimum, maximum);
    }
}
