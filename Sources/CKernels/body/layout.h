// Between channel-major planes and blocked channels.

static void from_planes(long channels, long pixels, const float *planes, float *map) {
  for (long block = 0; block < blocks(channels); block++) {
    long lanes = channels - block * B < B ? channels - block * B : B;
    for (long p = 0; p < pixels; p++) {
      float *to = map + (block * pixels + p) * B;
      for (long lane = 0; lane < lanes; lane++) to[lane] = planes[(block * B + lane) * pixels + p];
      for (long lane = lanes; lane < B; lane++) to[lane] = 0;
    }
  }
}

static void to_planes(long channels, long pixels, const float *map, float *planes) {
  for (long c = 0; c < channels; c++)
    for (long p = 0; p < pixels; p++) planes[c * pixels + p] = map[(c / B * pixels + p) * B + c % B];
}
