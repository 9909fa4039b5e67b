// Between channel-major planes and blocked channels, by squares of B pixels x B channels that are transposed in
// registers.

/// v[i][j] becomes v[j][i]: every round takes the lanes of two rows in turn.
INLINE void transpose(vec *v) {
  vec next[B];
  UNROLL for (int round = B; round > 1; round /= 2) {
    UNROLL for (int i = 0; i < B / 2; i++) {
      const vec a = v[i], b = v[i + B / 2];
      vec low, high;
      low.even = a.lo;
      low.odd = b.lo;
      high.even = a.hi;
      high.odd = b.hi;
      next[2 * i] = low;
      next[2 * i + 1] = high;
    }
    UNROLL for (int i = 0; i < B; i++) v[i] = next[i];
  }
}

typedef float quad __attribute__((ext_vector_type(4), aligned(4), may_alias));

/// Four pixels of up to four channels, as of pictures.
INLINE void few_from_planes(const float *planes, long pixels, long lanes, float *to) {
  quad v[4];
  UNROLL for (int i = 0; i < 4; i++) v[i] = i < lanes ? *(const quad *)(planes + i * pixels) : (quad)0.0f;
  const quad a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5), b = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
  const quad c = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5), d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  v[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  v[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
  UNROLL for (int i = 0; i < 4; i++) {
#if B == 16
    store(to + i * B, __builtin_shufflevector(v[i], (quad)0.0f, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7));
#else
    store(to + i * B, __builtin_shufflevector(v[i], (quad)0.0f, 0, 1, 2, 3, 4, 5, 6, 7));
#endif
  }
}

/// One pixel after the other, for what is less than a square.
static void some_from_planes(const float *planes, long pixels, long lanes, long count, float *to) {
  for (long p = 0; p < count; p++)
    for (long lane = 0; lane < B; lane++) to[p * B + lane] = lane < lanes ? planes[lane * pixels + p] : 0;
}

/// Both ways share squares of B pixels: the last one of a block overlaps the one before it where need be.
INLINE long squares_of(long pixels) { return (pixels + B - 1) / B; }

static void from_planes(const ek_layout *l, const ek_team *team) {
  const long pixels = l->pixels, per_block = squares_of(pixels);
  long first, end;
  ek_share(team, blocks(l->channels) * per_block, &first, &end);
  for (long i = first; i < end; i++) {
    const long block = i / per_block, p = most(0, least(i % per_block * B, pixels - B));
    const long lanes = least(B, l->channels - block * B);
    const float *from = l->from + block * B * pixels + p;
    float *to = l->to + (block * pixels + p) * B;
    if (pixels < B) {
      some_from_planes(from, pixels, lanes, pixels, to);
    } else if (lanes <= 4) {
      for (long q = 0; q < B; q += 4) few_from_planes(from + q, pixels, lanes, to + q * B);
    } else {
      vec v[B];
      UNROLL for (int lane = 0; lane < B; lane++) v[lane] = lane < lanes ? load(from + lane * pixels) : (vec)0.0f;
      transpose(v);
      UNROLL for (int q = 0; q < B; q++) store(to + q * B, v[q]);
    }
  }
}

static void to_planes(const ek_layout *l, const ek_team *team) {
  const long pixels = l->pixels, per_block = squares_of(pixels);
  long first, end;
  ek_share(team, blocks(l->channels) * per_block, &first, &end);
  for (long i = first; i < end; i++) {
    const long block = i / per_block, p = most(0, least(i % per_block * B, pixels - B));
    const long lanes = least(B, l->channels - block * B);
    const float *from = l->from + (block * pixels + p) * B;
    float *to = l->to + block * B * pixels + p;
    if (pixels < B) {
      for (long lane = 0; lane < lanes; lane++)
        for (long q = 0; q < pixels; q++) to[lane * pixels + q] = from[q * B + lane];
    } else {
      vec v[B];
      UNROLL for (int q = 0; q < B; q++) v[q] = load(from + q * B);
      transpose(v);
      UNROLL for (int lane = 0; lane < B; lane++)
        if (lane < lanes) store(to + lane * pixels, v[lane]);
    }
  }
}
