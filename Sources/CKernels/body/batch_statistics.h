// Batch normalisation forwards: each sample's moments, and what they are together.

/// Sums over the pixels are made in as many parts side by side.
#define PARTS 8

typedef double wide __attribute__((ext_vector_type(B)));

INLINE wide widened(vec v) { return __builtin_convertvector(v, wide); }
INLINE vec narrowed(wide v) { return __builtin_convertvector(v, vec); }

/// The first sum becomes that of all.
INLINE vec sum_of_parts(vec *part) {
  UNROLL for (int half = PARTS / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) part[i] += part[i + half];
  return part[0];
}

static void moments(const ek_moments *m, const ek_team *team) {
  const long all = blocks(m->channels);
  long first, end;
  ek_share(team, all, &first, &end);
  for (long block = first; block < end; block++) {
    const float *x = m->input + block * m->pixels * B;
    vec sum[PARTS];
    UNROLL for (int i = 0; i < PARTS; i++) sum[i] = (vec)0.0f;
    long p = 0;
    for (; p + PARTS <= m->pixels; p += PARTS)
      UNROLL for (int i = 0; i < PARTS; i++) sum[i] += load(x + (p + i) * B);
    for (; p < m->pixels; p++) sum[0] += load(x + p * B);
    const vec mean = m->pixels ? sum_of_parts(sum) / (float)m->pixels : (vec)0.0f;

    UNROLL for (int i = 0; i < PARTS; i++) sum[i] = (vec)0.0f;
    for (p = 0; p + PARTS <= m->pixels; p += PARTS)
      UNROLL for (int i = 0; i < PARTS; i++) {
        const vec rest = load(x + (p + i) * B) - mean;
        sum[i] += rest * rest;
      }
    for (; p < m->pixels; p++) {
      const vec rest = load(x + p * B) - mean;
      sum[0] += rest * rest;
    }
    const long lanes = m->channels - block * B;
    store(m->output + block * B, first_lanes(mean, lanes));
    store(m->output + (all + block) * B, first_lanes(sum_of_parts(sum), lanes));
  }
}

/// The statistics of a block's channels take the batch's in.
INLINE void follow(float *running, wide batch, double momentum, long lanes) {
  const wide before = widened(load_some(running, lanes));
  store_some(running, narrowed(before * momentum + batch * (1 - momentum)), lanes);
}

/// As all samples have as many pixels, the mean is that of the means; deviations from it are those from a sample's own
/// mean, and that mean's (Chan, Golub and LeVeque 1983).
static void join_moments(const ek_batch_statistics *s, const ek_team *team) {
  const long all = blocks(s->channels);
  const double pixels = (double)s->pixels, samples = (double)s->samples;
  long first, end;
  ek_share(team, all, &first, &end);
  for (long block = first; block < end; block++) {
    const long at = block * B, lanes = least(B, s->channels - at);
    wide mean = (wide)0.0, spread = (wide)0.0, squares = (wide)0.0;
    for (long i = 0; i < s->samples; i++) mean += widened(load(s->moments + i * s->moments_stride + at));
    mean /= samples;
    for (long i = 0; i < s->samples; i++) {
      const float *moments = s->moments + i * s->moments_stride + at;
      const wide off = widened(load(moments)) - mean;
      spread += off * off;
      squares += widened(load(moments + all * B));
    }
    const wide variance = (spread * pixels + squares) / (samples * pixels);
    const wide inverse = 1.0 / __builtin_elementwise_sqrt(variance + (double)s->epsilon);
    const wide scale = widened(load_some(s->gamma + at, lanes)) * inverse;
    const wide shift = widened(load_some(s->beta + at, lanes)) - mean * scale;
    store(s->mean + at, first_lanes(narrowed(mean), lanes));
    store(s->inverse + at, first_lanes(narrowed(inverse), lanes));
    store(s->scale + at, first_lanes(narrowed(scale), lanes));
    store(s->shift + at, first_lanes(narrowed(shift), lanes));
    if (s->running_mean) follow(s->running_mean + at, mean, (double)s->momentum, lanes);
    if (s->running_variance) follow(s->running_variance + at, variance, (double)s->momentum, lanes);
  }
}
