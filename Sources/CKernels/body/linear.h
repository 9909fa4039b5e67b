// A matrix times vectors, both row-major: dot products along K. Four rows of weights go together, each a stream of its
// own that the processor fetches ahead, and every weight that was read serves several vectors. One vector goes at the
// speed of the memory.

typedef float quad __attribute__((ext_vector_type(4), aligned(4), may_alias));
typedef int lane_numbers __attribute__((ext_vector_type(B)));

/// Partial sums of each row of weights, where there is one vector only: to hide the latency of sums, and to have whole
/// cache lines asked for close to one another.
#define DOT_SETS(element) (REGISTERS > 1 ? 1 : (element) != EK_F32 && B == 16 ? 4 : 2)

INLINE quad folded(vec v) {
#if B == 16
  const __typeof__(v.lo) half = v.lo + v.hi;
  return half.lo + half.hi;
#else
  return v.lo + v.hi;
#endif
}

/// The sum of each one's lanes.
INLINE quad lane_sums(vec a, vec b, vec c, vec d) {
  const quad p = folded(a), q = folded(b), r = folded(c), s = folded(d);
  const quad pq = __builtin_shufflevector(p, q, 0, 4, 1, 5) + __builtin_shufflevector(p, q, 2, 6, 3, 7);
  const quad rs = __builtin_shufflevector(r, s, 0, 4, 1, 5) + __builtin_shufflevector(r, s, 2, 6, 3, 7);
  return __builtin_shufflevector(pq, rs, 0, 1, 4, 5) + __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
}

INLINE float lane_sum(vec v) {
  const quad q = folded(v);
  return (q.x + q.z) + (q.y + q.w);
}

/// Only the last `count` lanes, and 0 in the others.
INLINE vec last_lanes(vec v, long count) {
  lane_numbers number;
  UNROLL for (int lane = 0; lane < B; lane++) number[lane] = lane;
  return number >= (int)(B - count) ? v : (vec)0.0f;
}

/// `rows` rows of x from row i by `columns` (4 or 1) rows of w from row j; `w_row` elements from one to the next.
INLINE void dot_products(const ek_linear *l, long i, long j, long w_row, const int rows, const int columns,
                         const int sets, const ek_element element) {
  const long n = l->n, k = l->k;
  const float *x = l->x + i * k;
  const char *w = (const char *)l->w + j * w_row * element_bytes(element);
  vec sum[VECTORS * 4 * 4]; // sets * rows * columns of them
  UNROLL for (int s = 0; s < sets * rows * columns; s++) sum[s] = (vec)0.0f;
  long at = 0;
  for (; at + sets * B <= k; at += sets * B)
    UNROLL for (int s = 0; s < sets; s++) {
      vec factor[4];
      UNROLL for (int c = 0; c < columns; c++) factor[c] = load_as(element, w, c * w_row + at + s * B);
      UNROLL for (int r = 0; r < rows; r++) {
        const vec part = load(x + r * k + at + s * B);
        UNROLL for (int c = 0; c < columns; c++) sum[(s * rows + r) * columns + c] += part * factor[c];
      }
    }
  UNROLL for (int s = 1; s < sets; s++)
    UNROLL for (int r = 0; r < rows * columns; r++) sum[r] += sum[s * rows * columns + r];
  for (; sets > 1 && at + B <= k; at += B)
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int c = 0; c < columns; c++)
        sum[r * columns + c] += load(x + r * k + at) * load_as(element, w, c * w_row + at);
  // The rest: the last block again, without what was taken of it.
  if (at < k && k >= B)
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int c = 0; c < columns; c++)
        sum[r * columns + c] += last_lanes(load(x + r * k + k - B), k - at) *
                                last_lanes(load_as(element, w, c * w_row + k - B), k - at);

  const int clamps = l->activation.function == EK_CLAMP;
  UNROLL for (int r = 0; r < rows; r++) {
    float total[4];
    if (columns == 4)
      *(quad *)total = lane_sums(sum[r * 4], sum[r * 4 + 1], sum[r * 4 + 2], sum[r * 4 + 3]);
    else
      total[0] = lane_sum(sum[r]);
    if (k < B)
      for (int c = 0; c < columns; c++)
        for (long rest = 0; rest < k; rest++) total[c] += x[r * k + rest] * element_of(element, w, c * w_row + rest);
    const long to = (i + r) * n + j;
    UNROLL for (int c = 0; c < columns; c++) {
      if (l->bias) total[c] += l->bias[j + c];
      if (l->residual) total[c] += l->residual[to + c];
      l->y[to + c] = clamps ? clamped(total[c], l->activation.a, l->activation.b) : total[c];
    }
  }
}

/// Rows [first, end) of x by rows [from, until) of w.
INLINE void products_of(const ek_linear *l, long w_row, long first, long end, long from, long until,
                        const ek_element element) {
  long j = from;
  for (; j + 4 <= until; j += 4) {
    long i = first;
    if (VECTORS > 1)
      for (; i + VECTORS <= end; i += VECTORS) dot_products(l, i, j, w_row, VECTORS, 4, 1, element);
    for (; i < end; i++) dot_products(l, i, j, w_row, 1, 4, DOT_SETS(element), element);
  }
  for (; j < until; j++)
    for (long i = first; i < end; i++) dot_products(l, i, j, w_row, 1, 1, 2 * DOT_SETS(element), element);
  if (l->activation.function != EK_CLAMP)
    for (long i = first; i < end; i++)
      activate(&l->activation, until - from, l->y + i * l->n + from, l->y + i * l->n + from);
}

static void products_f32(const ek_linear *l, long w_row, long first, long end, long from, long until) {
  products_of(l, w_row, first, end, from, until, EK_F32);
}

static void products_bf16(const ek_linear *l, long w_row, long first, long end, long from, long until) {
  products_of(l, w_row, first, end, from, until, EK_BF16);
}

static void products_f16(const ek_linear *l, long w_row, long first, long end, long from, long until) {
  products_of(l, w_row, first, end, from, until, EK_F16);
}

/// Weights as they are, row after row.
static void linear_by_rows(const ek_linear *l, const ek_team *team) {
  // Every member streams weights of its own; only where there are few of them do members share them.
  const int by_outputs = l->m < team->count || l->n >= 4 * team->count;
  const long unit = by_outputs && l->n >= 16 * team->count ? 4 : 1;
  long first = 0, end = l->m, from = 0, until = l->n;
  if (by_outputs) {
    ek_share(team, (l->n + unit - 1) / unit, &from, &until);
    from *= unit;
    until = least(until * unit, l->n);
  } else {
    ek_share(team, l->m, &first, &end);
  }
  switch (l->element) {
  case EK_F32: products_f32(l, l->k, first, end, from, until); break;
  case EK_BF16: products_bf16(l, l->k, first, end, from, until); break;
  case EK_F16: products_f16(l, l->k, first, end, from, until); break;
  }
}
