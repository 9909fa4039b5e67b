// Pooling in blocked channels. A window that holds no input at all (a dilated one may) gives 0.

/// The taps [first, end) of a window starting at `start` that fall into [low, high).
static inline void taps_within(long start, long dilation, long taps, long low, long high, long *first, long *end) {
  long f = start >= low ? 0 : (low - start + dilation - 1) / dilation;
  long e = start >= high ? 0 : (high - start + dilation - 1) / dilation;
  *first = f;
  *end = e < taps ? e : taps;
  if (*end < *first) *end = *first;
}

static void max_pool(long channels, long height, long width, long out_height, long out_width, const ek_window *w,
                     const float *input, float *output) {
  for (long block = 0; block < blocks(channels); block++)
    for (long oy = 0; oy < out_height; oy++) {
      long y0 = oy * w->stride_y - w->pad_top, ky0, ky1;
      taps_within(y0, w->dilation_y, w->kernel_height, 0, height, &ky0, &ky1);
      for (long ox = 0; ox < out_width; ox++) {
        long x0 = ox * w->stride_x - w->pad_left, kx0, kx1;
        taps_within(x0, w->dilation_x, w->kernel_width, 0, width, &kx0, &kx1);
        float best[B];
        int empty = ky0 == ky1 || kx0 == kx1;
        for (long lane = 0; lane < B; lane++) best[lane] = empty ? 0 : -__builtin_inff();
        for (long ky = ky0; ky < ky1; ky++)
          for (long kx = kx0; kx < kx1; kx++) {
            const float *from = input + ((block * height + y0 + ky * w->dilation_y) * width + x0 + kx * w->dilation_x) * B;
            for (long lane = 0; lane < B; lane++) best[lane] = from[lane] > best[lane] ? from[lane] : best[lane];
          }
        memcpy(output + ((block * out_height + oy) * out_width + ox) * B, best, sizeof best);
      }
    }
}

static void average_pool(long channels, long height, long width, long out_height, long out_width, const ek_window *w,
                         int counts_padding, const float *input, float *output) {
  for (long block = 0; block < blocks(channels); block++)
    for (long oy = 0; oy < out_height; oy++) {
      long y0 = oy * w->stride_y - w->pad_top, ky0, ky1, py0, py1;
      taps_within(y0, w->dilation_y, w->kernel_height, 0, height, &ky0, &ky1);
      taps_within(y0, w->dilation_y, w->kernel_height, -w->pad_top, height + w->pad_bottom, &py0, &py1);
      for (long ox = 0; ox < out_width; ox++) {
        long x0 = ox * w->stride_x - w->pad_left, kx0, kx1, px0, px1;
        taps_within(x0, w->dilation_x, w->kernel_width, 0, width, &kx0, &kx1);
        taps_within(x0, w->dilation_x, w->kernel_width, -w->pad_left, width + w->pad_right, &px0, &px1);
        long divisor = counts_padding ? (py1 - py0) * (px1 - px0) : (ky1 - ky0) * (kx1 - kx0);
        float sum[B] = {0};
        for (long ky = ky0; ky < ky1; ky++)
          for (long kx = kx0; kx < kx1; kx++) {
            const float *from = input + ((block * height + y0 + ky * w->dilation_y) * width + x0 + kx * w->dilation_x) * B;
            for (long lane = 0; lane < B; lane++) sum[lane] += from[lane];
          }
        float *to = output + ((block * out_height + oy) * out_width + ox) * B;
        for (long lane = 0; lane < B; lane++) to[lane] = divisor ? sum[lane] / (float)divisor : 0;
      }
    }
}

static void global_average(long channels, long pixels, const float *input, float *output) {
  for (long block = 0; block < blocks(channels); block++) {
    float sum[B] = {0};
    for (long p = 0; p < pixels; p++)
      for (long lane = 0; lane < B; lane++) sum[lane] += input[(block * pixels + p) * B + lane];
    for (long lane = 0; lane < B; lane++) output[block * B + lane] = pixels ? sum[lane] / (float)pixels : 0;
  }
}

static void global_max(long channels, long pixels, const float *input, float *output) {
  for (long block = 0; block < blocks(channels); block++) {
    float best[B];
    for (long lane = 0; lane < B; lane++) best[lane] = pixels ? -__builtin_inff() : 0;
    for (long p = 0; p < pixels; p++)
      for (long lane = 0; lane < B; lane++) {
        float v = input[(block * pixels + p) * B + lane];
        best[lane] = v > best[lane] ? v : best[lane];
      }
    memcpy(output + block * B, best, sizeof best);
  }
}
