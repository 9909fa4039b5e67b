// What the machine can do at most, the measure of every other kernel.

/// Multiply-adds that do not wait for each other: enough to hide one's latency, and no more than there are registers.
#if defined(__aarch64__)
#define CHAINS 12
#else
#define CHAINS (REGISTERS == 1 ? 12 : 7)
#endif

static void multiply_add(const ek_probe *p, const ek_team *team) {
  vec sums[CHAINS];
  UNROLL for (int i = 0; i < CHAINS; i++) sums[i] = (vec)(1e-3f * (float)(i + 1));
  // Neither overflows nor becomes denormal, however long it goes on: it comes near 0.1.
  const vec factor = (vec)(0.999f), addend = (vec)(1e-4f);
  for (long round = 0; round < p->rounds; round++) {
    UNROLL for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * factor + addend;
  }
  vec all = sums[0];
  UNROLL for (int i = 1; i < CHAINS; i++) all += sums[i];
  p->sink[team->index] = all[0] + all[B - 1];
}

static void read_memory(const ek_probe *p, const ek_team *team) {
  enum { AT_A_TIME = 4 };
  long first, end;
  ek_share(team, p->count / (AT_A_TIME * B), &first, &end);
  vec sums[AT_A_TIME] = {(vec)(0.0f), (vec)(0.0f), (vec)(0.0f), (vec)(0.0f)};
  for (long i = first; i < end; i++) {
    const float *from = p->from + i * AT_A_TIME * B;
    UNROLL for (int k = 0; k < AT_A_TIME; k++) sums[k] += load(from + k * B);
  }
  const vec all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  p->sink[team->index] = all[0] + all[B - 1];
}
