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

/// Pixels of one block that are turned over together: the last `count` of the B pixels from `p` on. Where there are less
/// than B before the end, the square begins earlier; where the whole block has less, there is none.
struct square {
  long block, lanes, p, count;
};

INLINE struct square square_of(const ek_layout *l, long index) {
  const long per_block = (l->pixels + B - 1) / B, block = index / per_block, start = index % per_block * B;
  const long p = most(0, least(start, l->pixels - B));
  return (struct square){block, least(B, l->channels - block * B), p, least(B, l->pixels) - (start - p)};
}

INLINE void share_of_squares(const ek_layout *l, const ek_team *team, long *first, long *end) {
  ek_share(team, blocks(l->channels) * ((l->pixels + B - 1) / B), first, end);
}

static void from_planes(const ek_layout *l, const ek_team *team) {
  const long pixels = l->pixels;
  long first, end;
  share_of_squares(l, team, &first, &end);
  for (long i = first; i < end; i++) {
    const struct square s = square_of(l, i);
    const float *from = l->from + s.block * B * pixels + s.p;
    float *to = l->to + (s.block * pixels + s.p) * B;
    vec v[B];
    if (s.count == B && s.lanes <= 4) {
      for (long q = 0; q < B; q += 4) few_from_planes(from + q, pixels, s.lanes, to + q * B);
    } else if (pixels >= B) {
      UNROLL for (int lane = 0; lane < B; lane++) v[lane] = lane < s.lanes ? load(from + lane * pixels) : (vec)0.0f;
      transpose(v);
      if (s.count == B)
        UNROLL for (int q = 0; q < B; q++) store(to + q * B, v[q]);
      else
        for (long q = B - s.count; q < B; q++) store(to + q * B, v[q]);
    } else {
      for (long q = 0; q < pixels; q++)
        for (long lane = 0; lane < B; lane++) to[q * B + lane] = lane < s.lanes ? from[lane * pixels + q] : 0;
    }
  }
}

static void to_planes(const ek_layout *l, const ek_team *team) {
  const long pixels = l->pixels;
  long first, end;
  share_of_squares(l, team, &first, &end);
  for (long i = first; i < end; i++) {
    const struct square s = square_of(l, i);
    const float *from = l->from + (s.block * pixels + s.p) * B;
    float *to = l->to + s.block * B * pixels + s.p;
    vec v[B];
    if (pixels >= B) {
      UNROLL for (int q = 0; q < B; q++) v[q] = load(from + q * B);
      transpose(v);
      if (s.count == B) {
        UNROLL for (int lane = 0; lane < B; lane++)
          if (lane < s.lanes) store(to + lane * pixels, v[lane]);
      } else {
        const long old = B - s.count;
        for (long lane = 0; lane < s.lanes; lane++)
          memcpy(to + lane * pixels + old, (const float *)&v[lane] + old, s.count * sizeof(float));
      }
    } else {
      for (long lane = 0; lane < s.lanes; lane++)
        for (long q = 0; q < pixels; q++) to[lane * pixels + q] = from[q * B + lane];
    }
  }
}
