// Local response normalisation across channels: y = x / (bias + alpha / size * sum of squares over the `size` channels
// around)^beta; Krizhevsky et al. 2012, 3.3.

/// b^-beta; the usual exponent, 0.75, by roots.
INLINE vec response_factor(vec base, float beta) {
  const vec root = __builtin_elementwise_sqrt(base);
  return beta == 0.75f ? 1.0f / (root * __builtin_elementwise_sqrt(root)) : exp_lanes(log_lanes(base) * -beta);
}

INLINE vec squares(const ek_response_normalization *n, long block, long p) {
  if (block < 0 || block >= blocks(n->channels)) return (vec)0.0f;
  const vec x = first_lanes(load(n->input + (block * n->pixels + p) * B), n->channels - block * B);
  return x * x;
}

/// Pixels in a run: what is stored of the first has arrived when it is loaded at another place.
#define RUN 8

/// `count` pixels of a block, where the window reaches no further than the blocks beside it.
INLINE void normalize_response_near(const ek_response_normalization *n, long block, long p, const int count) {
  const long before = (n->size - 1) / 2;
  float square[RUN][3 * B];
  UNROLL for (int i = 0; i < count; i++)
    UNROLL for (int side = 0; side < 3; side++) store(square[i] + side * B, squares(n, block + side - 1, p + i));
  UNROLL for (int i = 0; i < count; i++) {
    vec sum = (vec)0.0f;
    for (long j = 0; j < n->size; j++) sum += load(square[i] + B - before + j);
    const long at = (block * n->pixels + p + i) * B;
    const vec y = load(n->input + at) * response_factor(sum * (n->alpha / (float)n->size) + n->bias, n->beta);
    store(n->output + at, first_lanes(y, n->channels - block * B));
  }
}

/// Any window: one channel after the other.
static void normalize_response_far(const ek_response_normalization *n, long block, long p) {
  const long before = (n->size - 1) / 2, after = n->size - 1 - before;
  vec sum = (vec)0.0f;
  for (long lane = 0; lane < least(B, n->channels - block * B); lane++) {
    const long c = block * B + lane;
    for (long i = most(0, c - before); i <= least(c + after, n->channels - 1); i++) {
      const float x = n->input[(i / B * n->pixels + p) * B + i % B];
      sum[lane] += x * x;
    }
  }
  const long at = (block * n->pixels + p) * B;
  const vec y = load(n->input + at) * response_factor(sum * (n->alpha / (float)n->size) + n->bias, n->beta);
  store(n->output + at, first_lanes(y, n->channels - block * B));
}

static void normalize_response(const ek_response_normalization *n, const ek_team *team) {
  const long before = (n->size - 1) / 2, after = n->size - 1 - before;
  long first, end;
  ek_share(team, blocks(n->channels) * n->pixels, &first, &end);
  while (first < end) {
    const long block = first / n->pixels, p = first % n->pixels;
    if (before > B || after > B) {
      normalize_response_far(n, block, p);
      first++;
    } else if (p + RUN <= n->pixels && first + RUN <= end) {
      normalize_response_near(n, block, p, RUN);
      first += RUN;
    } else {
      normalize_response_near(n, block, p, 1);
      first++;
    }
  }
}

#undef RUN
