// Draws. Every trial's come from its run's seed, its family and its number.
#include "check.h"

uint64_t next_random(struct trial *t) {
  // splitmix64
  uint64_t z = t->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

long between(struct trial *t, long least, long most) {
  return least + (long)(next_random(t) % (uint64_t)(most - least + 1));
}

int one_in(struct trial *t, long n) { return between(t, 1, n) == 1; }

float number(struct trial *t) { return (float)((double)(next_random(t) >> 40) / (1 << 23) - 1); }

long extent(struct trial *t, long most) {
  long n = 1;
  switch (between(t, 0, 3)) {
  case 0: n = between(t, 1, 4); break;
  case 1: n = between(t, 1, 20); break;
  case 2: n = 8 * between(t, 1, 1 + most / 8) + between(t, -1, 1); break;
  default: n = between(t, 1, most); break;
  }
  return n < most ? n : most;
}

float *numbers(struct trial *t, long count, float middle) {
  float *to = plain(t, (size_t)count * sizeof(float));
  for (long i = 0; i < count; i++) to[i] = middle + number(t);
  return to;
}

double budget(struct trial *t) {
  const double most = one_in(t, 400) ? 3e7 : one_in(t, 40) ? 4e6 : 3e5;
  return t->is_small ? most / 10 : most;
}
