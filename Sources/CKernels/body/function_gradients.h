// The derivatives of the functions in functions.h. Where a function has a bend, the derivative is 0 at a bound and the
// right one at 0; where it jumps, 0.

#define ANY(x) ((vec)(x))

/// A sigmoid and its derivative, both of few units in the last place at either end.
struct sigmoid {
  vec value, slope;
};

INLINE struct sigmoid sigmoid_of(vec x) {
  const vec e = exp_for_sum(-__builtin_elementwise_abs(x)), q = 1.0f / (e + 1.0f);
  return (struct sigmoid){x < 0.0f ? e * q : q, e * q * q};
}

/// Where exponentials make a product vanish, x need not go on.
INLINE vec within_reach(vec x, float bound) { return at_most(at_least(x, -bound), bound); }

INLINE vec gelu_slope(vec x) {
  const vec z = within_reach(x * 0.707106781f, 3.92f), near = within_reach(x, 13.0f);
  return inner_erf(z) * 0.5f + 0.5f + near * 0.398942280f * exp_for_sum(near * near * -0.5f);
}

/// x * sigmoid(u) with u = x * (1.596 + 0.0714 x^2).
INLINE vec gelu_tanh_slope(vec x) {
  const vec near = within_reach(x, 9.0f), square = near * near;
  const struct sigmoid s = sigmoid_of(near * (square * 0.0713548163f + 1.59576912f));
  return s.value + near * s.slope * (square * 0.214064449f + 1.59576912f);
}

/// x * w / (w + 2), with w = e^2 + 2 e and e = exp(x).
INLINE vec mish_slope(vec x) {
  const vec near = within_reach(x, 20.0f), e = exp_for_sum(near), w = e * e + e * 2.0f, q = 1.0f / (w + 2.0f);
  return w * q + near * (e * 4.0f * q) * ((e + 1.0f) * q);
}

/// g * f'(x).
INLINE vec sloped(const ek_activation *f, const ek_function function, vec x, vec g) {
  const vec none = ANY(0.0f);
  switch (function) {
  case EK_CLAMP: return (x > ANY(f->a) & x < ANY(f->b)) ? g : none;
  case EK_LEAKY_RELU: return x < 0.0f ? g * f->a : g;
  case EK_SIGMOID: return g * sigmoid_of(x).slope;
  case EK_SILU: {
    const struct sigmoid s = sigmoid_of(x);
    return g * (s.value + within_reach(x, 100.0f) * s.slope);
  }
  case EK_HARD_SIGMOID: {
    const vec y = x * f->a + f->b;
    return (y > 0.0f & y < 1.0f) ? g * f->a : none;
  }
  case EK_HARD_SWISH: return x > -3.0f ? x < 3.0f ? g * (x * (1.0f / 3) + 0.5f) : g : none;
  case EK_GELU: return g * gelu_slope(x);
  case EK_GELU_TANH: return g * gelu_tanh_slope(x);
  case EK_TANH: return g * (sigmoid_of(x * 2.0f).slope * 4.0f);
  case EK_EXP: return g * exp_lanes(x);
  case EK_ERF: {
    const vec near = within_reach(x, 9.3f);
    return g * (exp_for_sum(near * near * -1.0f) * 1.12837917f);
  }
  case EK_ELU: return x < 0.0f ? g * (exp_lanes(x) * f->a) : g;
  case EK_SELU: return (x < 0.0f ? g * (exp_lanes(x) * f->a) : g) * f->b;
  case EK_CELU: return x < 0.0f ? g * exp_lanes(x / f->a) : g;
  case EK_SWISH: {
    const vec z = x * f->a;
    const struct sigmoid s = sigmoid_of(z);
    return g * (s.value + within_reach(z, 100.0f) * s.slope);
  }
  case EK_MISH: return g * mish_slope(x);
  case EK_SOFTPLUS: return g * sigmoid_of(x).value;
  case EK_SOFTSIGN: {
    const vec q = 1.0f / (__builtin_elementwise_abs(x) + 1.0f);
    return g * (q * q);
  }
  case EK_LOG: return g / x;
  case EK_SQRT: return g * 0.5f / __builtin_elementwise_sqrt(x);
  case EK_RECIPROCAL: {
    const vec q = 1.0f / x;
    return -g * (q * q);
  }
  case EK_ABS: return x > 0.0f ? g : x < 0.0f ? -g : none;
  case EK_NEGATE: return -g;
  case EK_FLOOR:
  case EK_CEILING:
  case EK_ROUND: return none;
  }
  return g;
}

INLINE void slope_run(const ek_function_gradient *s, const ek_function function, long first, long end) {
  const float *x = s->input, *g = s->gradient;
  long i = first;
  for (; i + B <= end; i += B) store(s->output + i, sloped(&s->activation, function, load(x + i), load(g + i)));
  const long rest = end - i;
  if (rest == 0) return;
  store_some(s->output + i, sloped(&s->activation, function, load_some(x + i, rest), load_some(g + i, rest)), rest);
}

static void gradient_by_function(const ek_function_gradient *s, const ek_team *team) {
  long first, end;
  share_of_floats(team, s->count, &first, &end);
#define SLOPE(function)                                                                                                \
  case function: slope_run(s, function, first, end); break;
  switch (s->activation.function) {
    SLOPE(EK_CLAMP)
    SLOPE(EK_LEAKY_RELU)
    SLOPE(EK_SIGMOID)
    SLOPE(EK_SILU)
    SLOPE(EK_HARD_SIGMOID)
    SLOPE(EK_HARD_SWISH)
    SLOPE(EK_GELU)
    SLOPE(EK_GELU_TANH)
    SLOPE(EK_TANH)
    SLOPE(EK_EXP)
    SLOPE(EK_ERF)
    SLOPE(EK_ELU)
    SLOPE(EK_SELU)
    SLOPE(EK_CELU)
    SLOPE(EK_SWISH)
    SLOPE(EK_MISH)
    SLOPE(EK_SOFTPLUS)
    SLOPE(EK_SOFTSIGN)
    SLOPE(EK_LOG)
    SLOPE(EK_SQRT)
    SLOPE(EK_RECIPROCAL)
    SLOPE(EK_ABS)
    SLOPE(EK_NEGATE)
    SLOPE(EK_FLOOR)
    SLOPE(EK_CEILING)
    SLOPE(EK_ROUND)
  }
#undef SLOPE
}

#undef ANY
