#include "check.h"

int same_bits(const float *a, const float *b, long count) { return memcmp(a, b, (size_t)count * sizeof(float)) == 0; }

/// Whether a result will do.
static int is_near(struct trial *t, float got, double want, double allowed) {
  if (isnan(allowed)) return 1;
  if (isnan(want)) return isnan(got);
  // Doubles go further than floats: near the largest float infinity will do, well beyond it nothing else.
  if (fabs(want) > 3.402e38 && isinf(got)) return (got > 0) == (want > 0);
  if (fabs(want) > 3.405e38) return 0;
  if (isinf(want)) return (double)got == want;
  const double error = fabs((double)got - want);
  if (!(error <= allowed)) return 0;
  if (error > 0 && error / allowed > t->tally->worst) t->tally->worst = error / allowed;
  return 1;
}

void compare(struct trial *t, const char *what, const float *got, long count, const double *want,
             const double *allowed) {
  for (long i = 0; i < count; i++)
    if (!is_near(t, got[i], want[i], allowed[i])) {
      fail(t, "%s[%ld of %ld] is %.9g, not %.9g (+- %.3g)", what, i, count, got[i], want[i], allowed[i]);
      return;
    }
}

void compare_map(struct trial *t, const char *what, const float *map, long channels, long pixels, const double *want,
                 const double *allowed, int finite) {
  const long b = t->kernels->block, all = padded(t, channels);
  for (long c = 0; c < all; c++)
    for (long p = 0; p < pixels; p++) {
      const float got = map[(c / b * pixels + p) * b + c % b];
      if (c >= channels) {
        if (!finite || isfinite(got)) continue;
        fail(t, "%s: padding channel %ld of %ld, pixel %ld of %ld is %g", what, c, channels, p, pixels, got);
        return;
      }
      const double right = want[c * pixels + p], off = allowed[c * pixels + p];
      if (is_near(t, got, right, off)) continue;
      fail(t, "%s: channel %ld of %ld, pixel %ld of %ld is %.9g, not %.9g (+- %.3g)", what, c, channels, p, pixels, got,
           right, off);
      return;
    }
}

float *planes_of(struct trial *t, const float *map, long channels, long pixels) {
  const long b = t->kernels->block;
  float *planes = plain(t, (size_t)(channels * pixels) * sizeof(float));
  for (long c = 0; c < channels; c++)
    for (long p = 0; p < pixels; p++) planes[c * pixels + p] = map[(c / b * pixels + p) * b + c % b];
  return planes;
}

void check_alike(struct trial *t, const float *alone, const float *team, long count) {
  t->tally->teams++;
  if (same_bits(alone, team, count)) {
    t->tally->teams_alike++;
    return;
  }
  for (long i = 0; i < count; i++)
    if (!same_bits(alone + i, team + i, 1)) {
      fail(t, "number %ld of %ld is %.9g by one thread and %.9g by a team", i, count, alone[i], team[i]);
      return;
    }
}
