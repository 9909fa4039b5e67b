// Between channel-major planes and blocked channels.

static void from_planes(const ek_layout *l, const ek_team *team) {
  if (team->index > 0) return;
  const long channels = l->channels, pixels = l->pixels;
  const float *planes = l->from;
  float *map = l->to;
  for (long block = 0; block < blocks(channels); block++) {
    long lanes = channels - block * B < B ? channels - block * B : B;
    for (long p = 0; p < pixels; p++) {
      float *to = map + (block * pixels + p) * B;
      for (long lane = 0; lane < lanes; lane++) to[lane] = planes[(block * B + lane) * pixels + p];
      for (long lane = lanes; lane < B; lane++) to[lane] = 0;
    }
  }
}

static void to_planes(const ek_layout *l, const ek_team *team) {
  if (team->index > 0) return;
  const long channels = l->channels, pixels = l->pixels;
  const float *map = l->from;
  float *planes = l->to;
  for (long c = 0; c < channels; c++)
    for (long p = 0; p < pixels; p++) planes[c * pixels + p] = map[(c / B * pixels + p) * B + c % B];
}
