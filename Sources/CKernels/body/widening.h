// A block of weights, whatever they are stored as, as floats. `element` is a constant wherever these are inlined.

typedef unsigned short half_bits __attribute__((ext_vector_type(B), aligned(2), may_alias));
typedef unsigned int word_bits __attribute__((ext_vector_type(B)));

INLINE vec load_bf16(const void *p) {
  return __builtin_bit_cast(vec, __builtin_convertvector(*(const half_bits *)p, word_bits) << 16);
}

#if HAS_F16
typedef _Float16 half_floats __attribute__((ext_vector_type(B), aligned(2), may_alias));

INLINE vec load_f16(const void *p) { return __builtin_convertvector(*(const half_floats *)p, vec); }
#else
INLINE vec load_f16(const void *p) {
  const word_bits half = __builtin_convertvector(*(const half_bits *)p, word_bits);
  const word_bits magnitude = half & 0x7fff;
  // The exponent's bias changes from 15 to 127; infinities and NaNs have the largest of either. What has the smallest
  // exponent counts in steps of 2^-24, which is what the last bit of a float between 1/2 and 1 stands for.
  const word_bits large = (word_bits)(magnitude >= 0x7c00) & (112u << 23);
  const word_bits normal = (magnitude << 13) + (112u << 23) + large;
  const vec small = __builtin_bit_cast(vec, magnitude | 0x3f000000) - (vec)0.5f;
  const word_bits is_small = (word_bits)(magnitude < 0x400);
  return __builtin_bit_cast(vec, (is_small & __builtin_bit_cast(word_bits, small)) | (~is_small & normal) |
                                     (half & 0x8000) << 16);
}
#endif

INLINE long element_bytes(const ek_element element) { return element == EK_F32 ? 4 : 2; }

/// The B elements from number `at` of `p`.
INLINE vec load_as(const ek_element element, const void *p, long at) {
  switch (element) {
  case EK_F32: return load((const float *)p + at);
  case EK_BF16: return load_bf16((const unsigned short *)p + at);
  case EK_F16: return load_f16((const unsigned short *)p + at);
  }
}

/// One element.
INLINE float element_of(const ek_element element, const void *p, long at) {
  float x;
  if (element == EK_F32)
    x = ((const float *)p)[at];
  else
    ek_widen(element, 1, (const unsigned short *)p + at, &x);
  return x;
}
