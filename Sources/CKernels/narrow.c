// Between 32-bit floats and the two 16-bit kinds that weights are stored as. Written without branches, so that the
// compiler does many at a time.

#include "CKernels.h"

#include <stdint.h>
#include <string.h>

static inline uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/// The upper half of the bits, rounded to nearest, ties to even. A NaN keeps its upper bits and stays one.
static inline uint16_t bf16_of(float x) {
  const uint32_t bits = bits_of(x), odd = bits >> 16 & 1;
  const uint32_t rounded = (bits + 0x7fff + odd) >> 16, nan = bits >> 16 | 0x40;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded);
}

/// Rounded to nearest, ties to even; what is finite stays so (65504 is the largest), infinities and NaNs stay what they
/// are.
static inline uint16_t f16_of(float x) {
  const uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
  const uint32_t odd = magnitude >> 13 & 1;
  // From 2^-14: the exponent's bias changes from 127 to 15.
  uint32_t result = (magnitude + 0xfff + odd - (112u << 23)) >> 13;
  // Below: multiples of 2^-24, which is what the last bit of a float between 1/2 and 1 stands for.
  const uint32_t small = bits_of(float_of(magnitude < 0x38800000 ? magnitude : 0) + 0.5f) - 0x3f000000;
  result = magnitude < 0x38800000 ? small : result;
  result = magnitude >= 0x477ff000 ? 0x7bff : result;
  result = magnitude == 0x7f800000 ? 0x7c00 : result;
  result = magnitude > 0x7f800000 ? 0x7e00 | (magnitude >> 13 & 0x3ff) : result;
  return (uint16_t)(result | sign);
}

static inline float from_f16(uint16_t half) {
  const uint32_t magnitude = half & 0x7fff, sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t bits = (magnitude << 13) + (112u << 23);
  bits = magnitude >= 0x7c00 ? bits + (112u << 23) : bits;
  bits = magnitude < 0x400 ? bits_of(float_of(0x3f000000 | magnitude) - 0.5f) : bits;
  return float_of(bits | sign);
}

long ek_element_bytes(ek_element element) { return element == EK_F32 ? 4 : 2; }

void ek_narrow(ek_element element, long count, const float *from, void *to) {
  uint16_t *half = to;
  switch (element) {
  case EK_F32: memmove(to, from, (unsigned long)count * sizeof(float)); break;
  case EK_BF16:
    for (long i = 0; i < count; i++) half[i] = bf16_of(from[i]);
    break;
  case EK_F16:
    for (long i = 0; i < count; i++) half[i] = f16_of(from[i]);
    break;
  }
}

void ek_widen(ek_element element, long count, const void *from, float *to) {
  const uint16_t *half = from;
  switch (element) {
  case EK_F32: memmove(to, from, (unsigned long)count * sizeof(float)); break;
  case EK_BF16:
    for (long i = 0; i < count; i++) to[i] = float_of((uint32_t)half[i] << 16);
    break;
  case EK_F16:
    for (long i = 0; i < count; i++) to[i] = from_f16(half[i]);
    break;
  }
}
