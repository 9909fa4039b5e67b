// Element by element, and across channels.

static void clamp(long count, float minimum, float maximum, const float *a, float *y) {
  for (long i = 0; i < count; i++) y[i] = clamped(a[i], minimum, maximum);
}

static void add(long count, float minimum, float maximum, const float *a, const float *b, float *y) {
  for (long i = 0; i < count; i++) y[i] = clamped(a[i] + b[i], minimum, maximum);
}

static void multiply(long count, const float *a, const float *b, float *y) {
  for (long i = 0; i < count; i++) y[i] = a[i] * b[i];
}

static void scale(long channels, long pixels, const float *scale, const float *shift, const float *x, float *y) {
  for (long block = 0; block < blocks(channels); block++)
    for (long p = 0; p < pixels; p++)
      for (long lane = 0; lane < B; lane++) {
        long at = (block * pixels + p) * B + lane;
        y[at] = x[at] * scale[block * B + lane] + shift[block * B + lane];
      }
}

// y = x / (bias + alpha / size * sum of squares over the `size` channels around)^beta; Krizhevsky et al. 2012, 3.3.
static void normalize_response(long channels, long pixels, long size, float alpha, float beta, float bias,
                               const float *x, float *y) {
  long before = (size - 1) / 2, after = size - 1 - before;
  memset(y, 0, blocks(channels) * pixels * B * sizeof(float));
  for (long c = 0; c < channels; c++) {
    long first = c < before ? 0 : c - before;
    long last = c + after >= channels ? channels - 1 : c + after;
    for (long p = 0; p < pixels; p++) {
      float sum = 0;
      for (long i = first; i <= last; i++) {
        float v = x[(i / B * pixels + p) * B + i % B];
        sum += v * v;
      }
      long at = (c / B * pixels + p) * B + c % B;
      float base = bias + alpha / (float)size * sum;
      // The usual exponent, without powf: b^-0.75 = 1 / (sqrt(b) * sqrt(sqrt(b))).
      float root = sqrtf(base);
      y[at] = beta == 0.75f ? x[at] / (root * sqrtf(root)) : x[at] * powf(base, -beta);
    }
  }
}
