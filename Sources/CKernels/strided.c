#include "CKernels.h"

#include <string.h>

void ek_scatter(long count, const void *bytes, long step, float *to) {
  const char *from = bytes;
  for (long i = 0; i < count; i++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(to + i * step, from + i * 4, 4);
#else
    unsigned int bits;
    memcpy(&bits, from + i * 4, 4);
    bits = __builtin_bswap32(bits);
    memcpy(to + i * step, &bits, 4);
#endif
  }
}

void ek_copy_strided(long count, const float *from, long from_step, float *to, long to_step) {
  for (long i = 0; i < count; i++) to[i * to_step] = from[i * from_step];
}

void ek_fill_strided(long count, float value, float *to, long step) {
  for (long i = 0; i < count; i++) to[i * step] = value;
}
