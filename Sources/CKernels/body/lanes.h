// Across the lanes of blocks.

#if B == 16
typedef float half __attribute__((ext_vector_type(8)));
#else
typedef float half __attribute__((ext_vector_type(4)));
#endif

INLINE vec joined(half low, half high) {
  vec v;
  v.lo = low;
  v.hi = high;
  return v;
}

/// Lane i becomes the sum of v[i]'s lanes, where there are B blocks; all lanes become that sum, where there is one.
INLINE vec sums_of_lanes(vec *v, const int count) {
  int left = count;
  UNROLL for (int width = B; width > 1; width /= 2) {
    UNROLL for (int i = 0; i < left; i += 2) {
      const vec a = v[i], b = v[i + 1 < left ? i + 1 : i];
      v[i / 2] = joined(a.even, b.even) + joined(a.odd, b.odd);
    }
    left = (left + 1) / 2;
  }
  return v[0];
}

INLINE float sum_of_lanes(vec v) { return sums_of_lanes(&v, 1)[0]; }

INLINE float largest_of_lanes(vec v) {
  UNROLL for (int width = B; width > 1; width /= 2) {
    const vec a = joined(v.even, v.even), b = joined(v.odd, v.odd);
    v = a > b ? a : b;
  }
  return v[0];
}

/// The first `count` lanes; 0 in the others.
INLINE vec first_lanes(vec v, long count) { return first_of_lanes(least(count, B)) ? v : (vec)0.0f; }

/// A whole block or some lanes of one; `is_whole` is a constant wherever these are inlined.
INLINE vec loaded(const float *p, long lanes, const int is_whole) { return is_whole ? load(p) : load_some(p, lanes); }

INLINE void put(float *p, vec v, long lanes, const int is_whole) {
  if (is_whole)
    store(p, v);
  else
    store_some(p, v, lanes);
}
