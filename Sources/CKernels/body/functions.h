// Functions of one number, applied to many.

INLINE float function_of(const ek_activation *f, float x) {
  switch (f->function) {
  case EK_CLAMP: return clamped(x, f->a, f->b);
  case EK_LEAKY_RELU: return x < 0 ? f->a * x : x;
  case EK_SIGMOID: return 1 / (1 + expf(-x));
  case EK_SILU: return x / (1 + expf(-x));
  case EK_HARD_SIGMOID: return clamped(f->a * x + f->b, 0, 1);
  case EK_HARD_SWISH: return x * clamped(x / 6 + 0.5f, 0, 1);
  case EK_GELU: return x * 0.5f * (1 + erff(x * 0.70710678f));
  case EK_GELU_TANH: return x * 0.5f * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
  case EK_TANH: return tanhf(x);
  case EK_EXP: return expf(x);
  case EK_ERF: return erff(x);
  case EK_ELU: return x < 0 ? f->a * (expf(x) - 1) : x;
  }
  return x;
}

/// to = f(from), which may be the same place.
static void activate(const ek_activation *f, long count, const float *from, float *to) {
  if (f->function == EK_CLAMP)
    for (long i = 0; i < count; i++) to[i] = clamped(from[i], f->a, f->b);
  else
    for (long i = 0; i < count; i++) to[i] = function_of(f, from[i]);
}

static void unary(const ek_unary *u, const ek_team *team) {
  long first, end;
  ek_share(team, u->count, &first, &end);
  activate(&u->activation, end - first, u->input + first, u->output + first);
}
