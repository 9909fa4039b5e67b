// The 16-bit kinds of floats that weights are stored as.
#include "check.h"

/// x rounded to `bits` bits behind the leading one, to multiples of 2^least at the finest, ties to even.
static double rounded(double x, int bits, int least) {
  if (x == 0 || !isfinite(x)) return x;
  int exponent = ilogb(x) - bits;
  if (exponent < least) exponent = least;
  return ldexp(rint(ldexp(x, -exponent)), exponent);
}

static double nearest(ek_element element, double x) {
  if (element == EK_BF16) {
    const double y = rounded(x, 7, -133);
    return fabs(y) >= 0x1p128 ? copysign(INFINITY, y) : y;
  }
  const double y = rounded(x, 10, -24);
  return isfinite(y) && fabs(y) > 65504 ? copysign(65504, y) : y;
}

/// The number that 16 bits stand for.
static double meaning(ek_element element, unsigned bits) {
  const int fraction = element == EK_BF16 ? 7 : 10, bias = element == EK_BF16 ? 127 : 15;
  const int exponent = (int)(bits >> fraction) & (2 * bias + 1), sign = bits >> 15 ? -1 : 1;
  const double behind = ldexp(bits & ((1u << fraction) - 1), -fraction);
  if (exponent == 2 * bias + 1) return behind > 0 ? NAN : sign * INFINITY;
  return sign * (exponent ? ldexp(1 + behind, exponent - bias) : ldexp(behind, 1 - bias));
}

/// Any float: all bits drawn, or near what 16 bits hold.
static float draw(struct trial *t) {
  const uint32_t bits = (uint32_t)next_random(t);
  float x;
  memcpy(&x, &bits, sizeof x);
  switch (between(t, 0, 4)) {
  case 0: return x;
  case 1: return number(t) * 1e5f;
  case 2: return number(t) * 1e-4f;
  // Half-way between two, or all but.
  case 3: return (float)((double)between(t, -5000, 5000) * 0x1p-12 + (one_in(t, 3) ? 0 : (double)number(t) * 0x1p-30));
  default: return number(t);
  }
}

void check_narrow(struct trial *t) {
  const ek_element element = one_in(t, 2) ? EK_BF16 : EK_F16;
  const long count = one_in(t, 50) ? 0 : extent(t, 300);
  snprintf(t->shape, sizeof t->shape, "%ld to %s", count, element == EK_BF16 ? "bf16" : "f16");
  float *x = plain(t, (size_t)count * sizeof(float));
  double *want = plain(t, (size_t)(count + 256) * sizeof(double));
  double *exactly = plain(t, (size_t)(count + 256) * sizeof(double));
  for (long i = 0; i < count; i++) x[i] = draw(t), want[i] = nearest(element, x[i]), exactly[i] = 0;
  // These do not depend on the instruction set.
  if (!next_set(t)) return;
  t->team = 1;
  const float *from = take_input(t, "floats", x, count, 0);
  // Half as many floats hold them; odd counts leave a guarded half behind.
  unsigned short *half = (unsigned short *)take(t, "halves", (count + 1) / 2, 0);
  float *back = take(t, "floats again", count, 0);
  ek_narrow(element, count, from, half);
  if (count % 2 && half[count] != 0xffff) fail(t, "wrote behind the halves");
  ek_widen(element, count, half, back);
  compare(t, "there and back", back, count, want, exactly);
  verify(t);
  // Every pattern of 16 bits, by all cases together.
  unsigned short patterns[256];
  float meant[256];
  for (int i = 0; i < 256; i++) {
    patterns[i] = (unsigned short)(t->number % 256 * 256 + i);
    want[i] = meaning(element, patterns[i]);
    exactly[i] = 0;
  }
  ek_widen(element, 256, patterns, meant);
  compare(t, "pattern", meant, 256, want, exactly);
  release(t, 0);
}
