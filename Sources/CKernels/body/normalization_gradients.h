// Batch normalisation backwards, through the clamp or leaky ReLU that follows it.

/// What a gradient meets on its way through the function: nothing, a lower bound, both bounds, or a bend at 0.
enum passage { FREE, BOUNDED_BELOW, BOUNDED, BENT };

static enum passage passage_of(const ek_activation *f) {
  if (f->function == EK_LEAKY_RELU) return BENT;
  if (f->b < __builtin_inff()) return BOUNDED;
  return f->a > -__builtin_inff() ? BOUNDED_BELOW : FREE;
}

/// g * f'(z).
INLINE vec passed(const enum passage passage, vec z, vec g, float a, float b) {
  const vec nothing = (vec)0.0f;
  switch (passage) {
  case FREE: return g;
  case BOUNDED_BELOW: return z > (vec)a ? g : nothing;
  case BOUNDED: return (z > (vec)a & z < (vec)b) ? g : nothing;
  case BENT: return z < nothing ? g * a : g;
  }
  return g;
}

/// Calls `function` with a constant for the passage, so that each has its own loops.
#define FOR_PASSAGE(function, activation, ...)                                                                         \
  switch (passage_of(activation)) {                                                                                    \
  case FREE: function(FREE, __VA_ARGS__); break;                                                                       \
  case BOUNDED_BELOW: function(BOUNDED_BELOW, __VA_ARGS__); break;                                                     \
  case BOUNDED: function(BOUNDED, __VA_ARGS__); break;                                                                 \
  case BENT: function(BENT, __VA_ARGS__); break;                                                                       \
  }

#define SIDES 4

INLINE void normalization_sums_of_block(const enum passage passage, const ek_normalization_sums *n, long block) {
  const float *x = n->input + block * n->pixels * B, *gradient = n->gradient + block * n->pixels * B;
  const vec mean = load(n->mean + block * B), scale = load(n->scale + block * B), shift = load(n->shift + block * B);
  const float a = n->activation.a, b = n->activation.b;
  vec plain[SIDES], product[SIDES];
  UNROLL for (int i = 0; i < SIDES; i++) plain[i] = product[i] = (vec)0.0f;
  long p = 0;
  for (; p + SIDES <= n->pixels; p += SIDES)
    UNROLL for (int i = 0; i < SIDES; i++) {
      const vec v = load(x + (p + i) * B);
      const vec g = passed(passage, v * scale + shift, load(gradient + (p + i) * B), a, b);
      plain[i] += g;
      product[i] += g * (v - mean);
    }
  for (; p < n->pixels; p++) {
    const vec v = load(x + p * B);
    const vec g = passed(passage, v * scale + shift, load(gradient + p * B), a, b);
    plain[0] += g;
    product[0] += g * (v - mean);
  }
  UNROLL for (int half = SIDES / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) {
      plain[i] += plain[i + half];
      product[i] += product[i + half];
    }
  const long lanes = n->channels - block * B;
  store(n->output + block * B, first_lanes(plain[0], lanes));
  store(n->output + (blocks(n->channels) + block) * B, first_lanes(product[0] * load(n->inverse + block * B), lanes));
}

#undef SIDES

static void normalization_sums(const ek_normalization_sums *n, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(n->channels), &first, &end);
  for (long block = first; block < end; block++)
    FOR_PASSAGE(normalization_sums_of_block, &n->activation, n, block)
}

INLINE void give_parameter(float *to, wide sum, int adds, long lanes) {
  const vec v = narrowed(sum);
  store_some(to, adds ? load_some(to, lanes) + v : v, lanes);
}

/// With n pixels in the batch, g' and h' the sums of g and of g * (x - mean) * inverse, the gradient by x is
/// scale * (g - g' / n - (x - mean) * inverse * h' / n).
static void join_normalization_sums(const ek_batch_gradient *g, const ek_team *team) {
  const long all = blocks(g->channels);
  const double count = (double)g->samples * (double)g->pixels;
  long first, end;
  ek_share(team, all, &first, &end);
  for (long block = first; block < end; block++) {
    const long at = block * B, lanes = least(B, g->channels - at);
    wide plain = (wide)0.0, product = (wide)0.0;
    for (long i = 0; i < g->samples; i++) {
      const float *sums = g->sums + i * g->sums_stride + at;
      plain += widened(load(sums));
      product += widened(load(sums + all * B));
    }
    give_parameter(g->beta + at, plain, g->adds, lanes);
    give_parameter(g->gamma + at, product, g->adds, lanes);
    const wide scale = widened(load(g->scale + at)), mean = widened(load(g->mean + at));
    const wide slope = scale * widened(load(g->inverse + at)) * (product / count);
    store(g->factors + at, first_lanes(narrowed(scale), lanes));
    store(g->factors + all * B + at, first_lanes(narrowed(-slope), lanes));
    store(g->factors + 2 * all * B + at, first_lanes(narrowed(mean * slope - scale * (plain / count)), lanes));
  }
}

INLINE void normalization_gradient_of_run(const enum passage passage, const ek_normalization_gradient *n, long block,
                                          long first, long end) {
  const float *factors = n->factors + block * B;
  const long step = blocks(n->channels) * B;
  const vec scale = load(n->scale + block * B), shift = load(n->shift + block * B);
  const vec a = load(factors), b = load(factors + step), c = load(factors + 2 * step);
  for (long p = first; p < end; p++) {
    const vec x = load(n->input + p * B);
    const vec g = passed(passage, x * scale + shift, load(n->gradient + p * B), n->activation.a, n->activation.b);
    store(n->output + p * B, a * g + (b * x + c));
  }
}

static void gradient_by_normalization(const ek_normalization_gradient *n, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(n->channels) * n->pixels, &first, &end);
  while (first < end) {
    const long block = first / n->pixels, last = least(end, (block + 1) * n->pixels);
    FOR_PASSAGE(normalization_gradient_of_run, &n->activation, n, block, first, last)
    first = last;
  }
}

#undef FOR_PASSAGE
