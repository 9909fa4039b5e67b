// Pools backwards.

/// A maximum's gradient goes to the first pixel that has it, lane by lane.
static void gradient_by_largest(const float *x, vec gradient, long pixels, float *to) {
  const vec nothing = (vec)0.0f;
  const vec largest = pool_block(pixels, x, EK_MAXIMUM);
  vec left = gradient;
  for (long p = 0; p < pixels; p++) {
    const ivec here = load(x + p * B) == largest;
    store(to + p * B, here ? left : nothing);
    left = here ? nothing : left;
  }
}

static void gradient_by_global_pool(const ek_global_pooling_gradient *g, const ek_team *team) {
  const long pixels = g->pooling.pixels;
  long first, end;
  ek_share(team, blocks(g->pooling.channels), &first, &end);
  for (long block = first; block < end; block++) {
    const vec gradient = load(g->gradient + block * B);
    float *to = g->output + block * pixels * B;
    if (g->pooling.kind == EK_MAXIMUM) {
      gradient_by_largest(g->pooling.input + block * pixels * B, gradient, pixels, to);
      continue;
    }
    const vec share = gradient / (float)pixels;
    for (long p = 0; p < pixels; p++) store(to + p * B, share);
  }
}
