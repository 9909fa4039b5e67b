// Which algorithm computes a convolution.

static ek_method best_method(const ek_convolution *c, long threads) {
  if (is_depthwise(c) || !can_winograd(c)) return EK_DIRECT;
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
