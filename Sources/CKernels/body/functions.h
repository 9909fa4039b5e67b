// Functions of one number, applied to many. Errors are stated against the exact function, in units in the last place
// (ulp) where they are relative. No number gives no number; infinities give the limits.

typedef int ivec __attribute__((ext_vector_type(B)));

#define ANY(x) ((vec)(x))

/// A member's share of `count` floats, cut at cache lines.
INLINE void share_of_floats(const ek_team *team, long count, long *first, long *end) {
  ek_share(team, (count + 15) / 16, first, end);
  *first = least(*first * 16, count);
  *end = least(*end * 16, count);
}

/// The larger and the smaller; where `x` is no number, `x`.
INLINE vec at_least(vec x, float bound) { return ANY(bound) > x ? ANY(bound) : x; }
INLINE vec at_most(vec x, float bound) { return ANY(bound) < x ? ANY(bound) : x; }

/// Which lanes are among the first `count`.
INLINE ivec first_of_lanes(long count) {
#if B == 16
  const ivec lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
  const ivec lane = {0, 1, 2, 3, 4, 5, 6, 7};
#endif
  return lane < (ivec)((int)count);
}

/// Less than a block; the lanes beyond are 0.
INLINE vec load_some(const float *p, long count) {
#if B == 16
  typedef float plain __attribute__((vector_size(64)));
  return (vec)__builtin_ia32_loadups512_mask(p, (plain)ANY(0.0f), (unsigned short)((1 << count) - 1));
#elif defined(__x86_64__) && REGISTERS == 1
  typedef float plain __attribute__((vector_size(32)));
  typedef int mask __attribute__((vector_size(32)));
  return (vec)__builtin_ia32_maskloadps256((const plain *)p, (mask)first_of_lanes(count));
#else
  vec v = ANY(0.0f);
  memcpy(&v, p, count * sizeof(float));
  return v;
#endif
}

INLINE void store_some(float *p, vec v, long count) {
#if B == 16
  typedef float plain __attribute__((vector_size(64)));
  __builtin_ia32_storeups512_mask(p, (plain)v, (unsigned short)((1 << count) - 1));
#elif defined(__x86_64__) && REGISTERS == 1
  typedef float plain __attribute__((vector_size(32)));
  typedef int mask __attribute__((vector_size(32)));
  __builtin_ia32_maskstoreps256((plain *)p, (mask)first_of_lanes(count), (plain)v);
#else
  memcpy(p, &v, count * sizeof(float));
#endif
}

/// x = n * log(2) + r with the smallest |r|.
struct power {
  vec r, n;
  ivec whole; // n
};

INLINE struct power power_of(vec x) {
  // Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits.
  const vec shifted = x * 1.44269504f + 12582912.0f;
  const vec n = shifted - 12582912.0f;
  // log(2) in two parts, the first of few bits, so that the product is exact.
  const vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
  return (struct power){r, n, (ivec)shifted - 0x4b400000};
}

/// 2^n for -127 < n <= 128, the last as infinity.
INLINE vec two_to(ivec n) { return (vec)((n + 127) << 23); }

/// exp(r) - 1 for |r| <= log(2) / 2.
INLINE vec small_power_less_1(vec r) {
  vec sum = ANY(1.381453942e-3f);
  sum = sum * r + 8.368745446e-3f;
  sum = sum * r + 4.166838899e-2f;
  sum = sum * r + 1.666652113e-1f;
  sum = sum * r + 4.999999404e-1f;
  return sum * r * r + r;
}

/// exp(x), 2 ulp; results below the smallest normal number lose bits as they must.
INLINE vec exp_lanes(vec x) {
  const struct power p = power_of(at_most(at_least(x, -104.0f), 89.0f));
  const vec y = small_power_less_1(p.r) + 1.0f;
#if B == 16
  typedef float scaled __attribute__((vector_size(64)));
  return (vec)__builtin_ia32_scalefps512_mask((scaled)y, (scaled)p.n, (scaled)y, -1, 4);
#else
  // Two factors, as 2^n itself may be too large or too small.
  const ivec half = p.whole >> 1;
  return y * two_to(half) * two_to(p.whole - half);
#endif
}

/// exp(x), 2 ulp, for use in sums with 1: from 2^127.5 on it is infinite, and never less than 2^-126.
INLINE vec exp_for_sum(vec x) {
  const struct power p = power_of(at_most(at_least(x, -87.3f), 89.0f));
  return (small_power_less_1(p.r) + 1.0f) * two_to(p.whole);
}

/// exp(x) - 1 for x <= 88, 3 ulp.
INLINE vec exp_less_1(vec x) {
  const struct power p = power_of(at_least(x, -30.0f));
  const vec scale = two_to(p.whole);
  return small_power_less_1(p.r) * scale + (scale - 1.0f);
}

/// log(1 + y) for 0 <= y <= 1, 2 ulp.
INLINE vec small_log_of_1_and(vec y) {
  vec sum = ANY(5.232687574e-3f);
  sum = sum * y - 2.950521186e-2f;
  sum = sum * y + 7.822591066e-2f;
  sum = sum * y - 1.366324276e-1f;
  sum = sum * y + 1.910600513e-1f;
  sum = sum * y - 2.484298199e-1f;
  sum = sum * y + 3.331909776e-1f;
  sum = sum * y - 4.999949336e-1f;
  sum = sum * y + 9.999999404e-1f;
  return sum * y;
}

/// log(x), 2 ulp.
INLINE vec log_lanes(vec x) {
  const ivec is_small = x < 1.17549435e-38f;
  const vec normal = is_small ? x * 8388608.0f : x;
  // x = 2^n * (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
  const ivec bits = (ivec)normal - 0x3f3504f3;
  const vec n = __builtin_convertvector(bits >> 23, vec) - (is_small ? ANY(23.0f) : ANY(0.0f));
  const vec f = (vec)((bits & 0x7fffff) + 0x3f3504f3) - 1.0f;
  vec sum = ANY(-7.634492964e-2f);
  sum = sum * f + 1.276157498e-1f;
  sum = sum * f - 1.316018254e-1f;
  sum = sum * f + 1.420175880e-1f;
  sum = sum * f - 1.662335694e-1f;
  sum = sum * f + 2.000122666e-1f;
  sum = sum * f - 2.500081956e-1f;
  sum = sum * f + 3.333333135e-1f;
  const vec square = f * f;
  const vec tail = sum * f * square - n * 2.12194440e-4f - square * 0.5f;
  vec y = f + tail + n * 0.693359375f;
  y = x > 3.40282347e38f ? x : y;
  y = x == 0.0f ? ANY(-__builtin_inff()) : y;
  return x >= 0.0f ? y : ANY(__builtin_nanf(""));
}

#define ERF_IS_1 3.92f
/// erf(z) for |z| <= ERF_IS_1, 2e-7; z times a polynomial of z^2, which is mapped to -1...1 so that rounding errors stay
/// small.
INLINE vec inner_erf(vec z) {
  const vec t = z * z * (2 / (ERF_IS_1 * ERF_IS_1)) - 1.0f;
  vec sum = ANY(-8.439339581e-4f);
  sum = sum * t + 2.098757774e-3f;
  sum = sum * t - 1.394514227e-3f;
  sum = sum * t + 1.919973642e-3f;
  sum = sum * t - 7.660566829e-3f;
  sum = sum * t + 1.420994848e-2f;
  sum = sum * t - 1.999499835e-2f;
  sum = sum * t + 2.969756909e-2f;
  sum = sum * t - 4.343687370e-2f;
  sum = sum * t + 5.839599669e-2f;
  sum = sum * t - 7.401981205e-2f;
  sum = sum * t + 9.059697390e-2f;
  sum = sum * t - 1.091792285e-1f;
  sum = sum * t + 1.340845525e-1f;
  sum = sum * t - 1.801086217e-1f;
  sum = sum * t + 3.607368171e-1f;
  return sum * z;
}

INLINE vec erf_lanes(vec x) {
  return at_most(at_least(inner_erf(at_most(at_least(x, -ERF_IS_1), ERF_IS_1)), -1.0f), 1.0f);
}

/// 2e-7 * max(|x|, 1). Below -5.5 the exact result is less than that; going on with -5.5 keeps it finite for all.
INLINE vec gelu_lanes(vec x) {
  x = at_least(x, -ERF_IS_1 * 1.41421356f);
  const vec half = x * 0.5f;
  return half * inner_erf(at_most(x * 0.707106781f, ERF_IS_1)) + half;
}

/// x / (1 + exp(exponent)), 2e-7 * max(|x|, 1). Below -1e4 the result is 0 whatever x is: so it is at negative infinity.
INLINE vec swish_lanes(vec x, vec exponent) { return at_least(x, -1e4f) / (exp_for_sum(exponent) + 1.0f); }

/// 3 ulp.
INLINE vec tanh_lanes(vec x) {
  const vec e = exp_less_1(at_most(x * 2.0f, 30.0f));
  return e / (e + 2.0f);
}

/// x * tanh(log(1 + exp(x))) = x * w / (w + 2) with w = exp(x)^2 + 2 * exp(x).
INLINE vec mish_lanes(vec x) {
  const vec e = exp_for_sum(at_most(x, 20.0f)), w = e * e + e * 2.0f;
  return at_least(x, -1e4f) * (w / (w + 2.0f));
}

INLINE vec function_lanes(const ek_activation *f, const ek_function function, vec x) {
  switch (function) {
  case EK_CLAMP: return clamped_lanes(x, f->a, f->b);
  case EK_LEAKY_RELU: return x < 0.0f ? x * f->a : x;
  case EK_SIGMOID: return 1.0f / (exp_for_sum(-x) + 1.0f);
  case EK_SILU: return swish_lanes(x, -x);
  case EK_HARD_SIGMOID: return clamped_lanes(x * f->a + f->b, 0, 1);
  case EK_HARD_SWISH: return at_least(x, -3.0f) * clamped_lanes(x * (1.0f / 6) + 0.5f, 0, 1);
  case EK_GELU: return gelu_lanes(x);
  case EK_GELU_TANH: return swish_lanes(x, x * (x * x * -0.0713548163f - 1.59576912f));
  case EK_TANH: return tanh_lanes(x);
  case EK_EXP: return exp_lanes(x);
  case EK_ERF: return erf_lanes(x);
  case EK_ELU: return x < 0.0f ? exp_less_1(at_most(x, 0)) * f->a : x;
  case EK_SELU: return (x < 0.0f ? exp_less_1(at_most(x, 0)) * f->a : x) * f->b;
  case EK_CELU: return x < 0.0f ? exp_less_1(at_most(x / f->a, 0)) * f->a : x;
  case EK_SWISH: {
    // Where the sigmoid goes to 0 the result does, for infinities too; that is below 0, or above where `a` is negative.
    const float low = f->a > 0 ? -__FLT_MAX__ : -__builtin_inff(), high = f->a < 0 ? __FLT_MAX__ : __builtin_inff();
    return clamped_lanes(x, low, high) / (exp_for_sum(x * -f->a) + 1.0f);
  }
  case EK_MISH: return mish_lanes(x);
  case EK_SOFTPLUS:
    return (x > 0.0f ? x : ANY(0.0f)) + small_log_of_1_and(exp_lanes(-__builtin_elementwise_abs(x)));
  case EK_SOFTSIGN: {
    const vec finite = clamped_lanes(x, -1e30f, 1e30f);
    return finite / (__builtin_elementwise_abs(finite) + 1.0f);
  }
  case EK_LOG: return log_lanes(x);
  case EK_SQRT: return __builtin_elementwise_sqrt(x);
  case EK_RECIPROCAL: return 1.0f / x;
  case EK_ABS: return __builtin_elementwise_abs(x);
  case EK_NEGATE: return -x;
  case EK_FLOOR: return __builtin_elementwise_floor(x);
  case EK_CEILING: return __builtin_elementwise_ceil(x);
  case EK_ROUND: return __builtin_elementwise_roundeven(x);
  }
  return x;
}

/// What is left of less than a block goes through a block of its own: the same arithmetic for every element.
INLINE void apply_to_run(const ek_activation *f, const ek_function function, long count, const float *from,
                         float *to) {
  long i = 0;
  for (; i + B <= count; i += B) store(to + i, function_lanes(f, function, load(from + i)));
  if (i < count) store_some(to + i, function_lanes(f, function, load_some(from + i, count - i)), count - i);
}

/// to = f(from), which may be the same place.
static void activate(const ek_activation *f, long count, const float *from, float *to) {
#define APPLY(function)                                                                                                \
  case function: apply_to_run(f, function, count, from, to); break;
  switch (f->function) {
    APPLY(EK_CLAMP)
    APPLY(EK_LEAKY_RELU)
    APPLY(EK_SIGMOID)
    APPLY(EK_SILU)
    APPLY(EK_HARD_SIGMOID)
    APPLY(EK_HARD_SWISH)
    APPLY(EK_GELU)
    APPLY(EK_GELU_TANH)
    APPLY(EK_TANH)
    APPLY(EK_EXP)
    APPLY(EK_ERF)
    APPLY(EK_ELU)
    APPLY(EK_SELU)
    APPLY(EK_CELU)
    APPLY(EK_SWISH)
    APPLY(EK_MISH)
    APPLY(EK_SOFTPLUS)
    APPLY(EK_SOFTSIGN)
    APPLY(EK_LOG)
    APPLY(EK_SQRT)
    APPLY(EK_RECIPROCAL)
    APPLY(EK_ABS)
    APPLY(EK_NEGATE)
    APPLY(EK_FLOOR)
    APPLY(EK_CEILING)
    APPLY(EK_ROUND)
  }
#undef APPLY
}

static void unary(const ek_unary *u, const ek_team *team) {
  long first, end;
  share_of_floats(team, u->count, &first, &end);
  activate(&u->activation, end - first, u->input + first, u->output + first);
}

#undef ANY
#undef ERF_IS_1
