// Which algorithm computes a convolution.

static ek_method best_method(const ek_convolution *c, long threads) {
  (void)c, (void)threads;
  return EK_DIRECT;
}

static long scratch_count(const ek_convolution *c, long threads) {
  if (is_depthwise(c)) return 0;
  switch (c->method == EK_BEST ? best_method(c, threads) : c->method) {
  default: return direct_scratch_count(c, threads);
  }
}

/// Every algorithm applies bias, residual and activation itself.
static void convolve(const ek_convolution *c, const ek_team *team) {
  if (is_depthwise(c)) {
    convolve_depthwise(c, team);
    return;
  }
  switch (c->method == EK_BEST ? best_method(c, team->count) : c->method) {
  default: convolve_directly(c, team);
  }
}
