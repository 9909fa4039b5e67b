// Weights that learn, and mixtures of numbers. Each number is treated by itself, by the same arithmetic wherever it is.

INLINE void update_lanes(const ek_optimizer optimizer, const ek_update *u, long i, float decay, long lanes,
                         const int is_whole) {
  vec w = loaded(u->weights + i, lanes, is_whole);
  const vec g = loaded(u->gradient + i, lanes, is_whole) * u->gradient_scale;
  vec first = loaded(u->first + i, lanes, is_whole);
  if (optimizer == EK_SGD) {
    const vec pull = g + w * decay;
    first = first * u->momentum + pull;
    w -= (u->nesterov ? pull + first * u->momentum : first) * u->rate;
  } else {
    first = first * u->momentum + g * (1 - u->momentum);
    const vec second = loaded(u->second + i, lanes, is_whole) * u->beta2 + g * g * (1 - u->beta2);
    put(u->second + i, second, lanes, is_whole);
    const vec root = __builtin_elementwise_sqrt(second / u->correction2);
    w -= (first / u->correction1 / (root + u->epsilon) + w * decay) * u->rate;
  }
  put(u->first + i, first, lanes, is_whole);
  put(u->weights + i, w, lanes, is_whole);
  if (!u->average) return;
  const vec average = loaded(u->average + i, lanes, is_whole);
  put(u->average + i, average * u->average_share + w * (1 - u->average_share), lanes, is_whole);
}

INLINE void update_run(const ek_optimizer optimizer, const ek_update *u, long first, long end, float decay) {
  long i = first;
  for (; i + B <= end; i += B) update_lanes(optimizer, u, i, decay, B, 1);
  if (i < end) update_lanes(optimizer, u, i, decay, end - i, 0);
}

static void update(const ek_update *u, const ek_team *team) {
  long first, end;
  share_of_floats(team, u->count, &first, &end);
  const long middle = most(first, least(end, u->decayed));
  if (u->optimizer == EK_SGD) {
    update_run(EK_SGD, u, first, middle, u->decay);
    update_run(EK_SGD, u, middle, end, 0);
  } else {
    update_run(EK_ADAMW, u, first, middle, u->decay);
    update_run(EK_ADAMW, u, middle, end, 0);
  }
}

static void mix(const ek_mix *m, const ek_team *team) {
  long i, end;
  share_of_floats(team, m->count, &i, &end);
  for (; i + B <= end; i += B) store(m->output + i, load(m->x + i) * m->a + load(m->y + i) * m->b);
  const long rest = end - i;
  if (rest) store_some(m->output + i, load_some(m->x + i, rest) * m->a + load_some(m->y + i, rest) * m->b, rest);
}
