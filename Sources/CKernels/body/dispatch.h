// Which algorithm computes a convolution.

static ek_method best_method(const ek_convolution *c, long threads) {
  if (is_depthwise(c) || !can_winograd(c)) return EK_DIRECT;
  // Weights are transformed for teams of any size.
  if (c->transformed) threads = 1;
  const double direct = direct_cost_of(c, threads), four = winograd_cost_of(c, 4, threads);
  // F(6x6) is less accurate: it should be worth it.
  if (can_six(c) && winograd_cost_of(c, 6, threads) < 0.9 * (direct < four ? direct : four)) return EK_WINOGRAD_6;
  return direct <= four ? EK_DIRECT : EK_WINOGRAD_4;
}

/// The algorithm to use: what cannot be computed as asked for is computed directly.
static ek_method method_of(const ek_convolution *c, long threads) {
  const ek_method method = c->method == EK_BEST ? best_method(c, threads) : c->method;
  return (method == EK_WINOGRAD_4 || method == EK_WINOGRAD_6) && !can_winograd(c) ? EK_DIRECT : method;
}

/// Transformed weights are read for every few tiles, which pays where they stay in the second-level cache.
enum { TRANSFORMED_BYTES = 640 << 10 };

/// Floats that transformed weights take; 0 where they are of no use.
static long transformed_count(const ek_convolution *given) {
  const float nothing = 0;
  ek_convolution c = *given;
  c.transformed = &nothing;
  const ek_method method = method_of(&c, 1);
  if (is_depthwise(&c) || (method != EK_WINOGRAD_4 && method != EK_WINOGRAD_6)) return 0;
  const struct winograd s = winograd_of(&c, method == EK_WINOGRAD_4 ? 4 : 6, 1);
  const long count = s.slabs * s.weights_each;
  return count * (long)sizeof(float) <= TRANSFORMED_BYTES ? count : 0;
}

static void transform(const ek_convolution *given, float *to, const ek_team *team) {
  ek_convolution c = *given;
  c.transformed = to;
  const struct winograd s = winograd_of(&c, method_of(&c, 1) == EK_WINOGRAD_4 ? 4 : 6, 1);
  transform_all_weights(&c, &s, to, team);
}

static long scratch_count(const ek_convolution *c, long threads) {
  if (is_depthwise(c)) return depthwise_scratch_count(c);
  switch (method_of(c, threads)) {
  case EK_WINOGRAD_4: return winograd_scratch_count(c, 4, threads);
  case EK_WINOGRAD_6: return winograd_scratch_count(c, 6, threads);
  default: return direct_scratch_count(c, threads);
  }
}

/// Every algorithm applies bias, residual and activation itself.
static void convolve(const ek_convolution *c, const ek_team *team) {
  if (is_depthwise(c)) {
    convolve_depthwise(c, team);
    return;
  }
  switch (method_of(c, team->count)) {
  case EK_WINOGRAD_4: convolve_by_winograd(c, 4, team); break;
  case EK_WINOGRAD_6: convolve_by_winograd(c, 6, team); break;
  default: convolve_directly(c, team);
  }
}
