// Element by element, and across channels.

/// Elements after which a function that is no clamp is applied to them: they are still in the nearest cache.
#define STRETCH 1024

INLINE vec operated(const ek_operation operation, vec a, vec b) {
  switch (operation) {
  case EK_ADD: return a + b;
  case EK_SUBTRACT: return a - b;
  case EK_MULTIPLY: return a * b;
  case EK_DIVIDE: return a / b;
  case EK_LEAST: return b < a ? b : a;
  case EK_GREATEST: return b > a ? b : a;
  }
  return a;
}

INLINE void operate_on_run(const ek_operation operation, long count, const float *a, const float *b, float *to,
                           float minimum, float maximum) {
  long i = 0;
  for (; i + B <= count; i += B)
    store(to + i, clamped_lanes(operated(operation, load(a + i), load(b + i)), minimum, maximum));
  const long rest = count - i;
  if (rest == 0) return;
  const vec y = clamped_lanes(operated(operation, load_some(a + i, rest), load_some(b + i, rest)), minimum, maximum);
  store_some(to + i, y, rest);
}

static void operate(const ek_operation operation, long count, const float *a, const float *b, float *to, float minimum,
                    float maximum) {
#define OPERATE(operation)                                                                                           \
  case operation: operate_on_run(operation, count, a, b, to, minimum, maximum); break;
  switch (operation) {
    OPERATE(EK_ADD)
    OPERATE(EK_SUBTRACT)
    OPERATE(EK_MULTIPLY)
    OPERATE(EK_DIVIDE)
    OPERATE(EK_LEAST)
    OPERATE(EK_GREATEST)
  }
#undef OPERATE
}

static void binary(const ek_binary *e, const ek_team *team) {
  long first, end;
  share_of_floats(team, e->count, &first, &end);
  const float infinity = __builtin_inff();
  if (e->activation.function == EK_CLAMP) {
    operate(e->operation, end - first, e->a + first, e->b + first, e->output + first, e->activation.a,
            e->activation.b);
    return;
  }
  for (long i = first; i < end; i += STRETCH) {
    const long count = least(STRETCH, end - i);
    operate(e->operation, count, e->a + i, e->b + i, e->output + i, -infinity, infinity);
    activate(&e->activation, count, e->output + i, e->output + i);
  }
}

static void scale(const ek_scaling *s, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(s->channels) * s->pixels, &first, &end);
  const int is_clamped = s->activation.function == EK_CLAMP;
  const float minimum = is_clamped ? s->activation.a : -__builtin_inff();
  const float maximum = is_clamped ? s->activation.b : __builtin_inff();
  while (first < end) {
    const long block = first / s->pixels;
    const long last = least(least(end, (block + 1) * s->pixels), first + STRETCH / B);
    const vec factor = s->scale ? load(s->scale + block * B) : (vec)1.0f;
    const vec term = s->shift ? load(s->shift + block * B) : (vec)0.0f;
    for (long p = first; p < last; p++)
      store(s->output + p * B, clamped_lanes(load(s->input + p * B) * factor + term, minimum, maximum));
    if (!is_clamped)
      activate(&s->activation, (last - first) * B, s->output + first * B, s->output + first * B);
    first = last;
  }
}

#undef STRETCH
