// Moving numbers: between planes and maps, plain and strided copies.
#include "check.h"

static void run_layout(struct trial *t, int to_map, long channels, long pixels, const float *planes, long offset,
                       long threads, const double *want, const double *exactly) {
  const int used = t->used;
  const long count = channels * pixels;
  ek_step step = {.kernel = to_map ? EK_FROM_PLANES : EK_TO_PLANES, .as.layout = {channels, pixels, NULL, NULL}};
  if (to_map) {
    step.as.layout.from = take_input(t, "planes", planes, count, offset);
    step.as.layout.to = take(t, "map", padded(t, channels) * pixels, 0);
  } else {
    step.as.layout.from = take_map(t, "map", planes, channels, pixels);
    step.as.layout.to = take(t, "planes", count, offset);
  }
  carry_out(t, threads, &step, 1);
  if (to_map)
    compare_map(t, "map", step.as.layout.to, channels, pixels, want, exactly, 1);
  else
    compare(t, "planes", step.as.layout.to, count, want, exactly);
  verify(t);
  release(t, used);
}

void check_layout(struct trial *t) {
  const long channels = extent(t, 100), pixels = one_in(t, 100) ? 0 : extent(t, one_in(t, 8) ? 3000 : 200);
  const long count = channels * pixels, offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  const float *planes = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *exactly = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) want[i] = planes[i], exactly[i] = 0;
  snprintf(t->shape, sizeof t->shape, "%ld channels of %ld pixels, %ld floats off", channels, pixels, offset);
  while (next_set(t)) {
    for (int to_map = 0; to_map < 2; to_map++) {
      run_layout(t, to_map, channels, pixels, planes, offset, 1, want, exactly);
      run_layout(t, to_map, channels, pixels, planes, offset, team, want, exactly);
    }
    ek_step step = {.kernel = EK_COPY, .as.copy = {count, NULL, NULL}};
    step.as.copy.from = take_input(t, "original", planes, count, offset);
    step.as.copy.to = take(t, "copy", count, offset);
    carry_out(t, team, &step, 1);
    compare(t, "copy", step.as.copy.to, count, want, exactly);
    verify(t);
    release(t, 0);
  }
}

void check_strided(struct trial *t) {
  const long count = one_in(t, 50) ? 0 : extent(t, 200), from_step = between(t, 1, 9), to_step = between(t, 1, 9);
  const long from_count = count ? (count - 1) * from_step + 1 : 0, to_count = count ? (count - 1) * to_step + 1 : 0;
  const float *values = numbers(t, from_count, 0);
  const float filler = number(t);
  double *copied = plain(t, (size_t)to_count * sizeof(double)), *filled = plain(t, (size_t)to_count * sizeof(double));
  double *scattered = plain(t, (size_t)to_count * sizeof(double));
  double *exactly = plain(t, (size_t)to_count * sizeof(double));
  for (long i = 0; i < to_count; i++) {
    // Between the steps nothing is written: what `take` left there is NaN.
    const int is_step = i % to_step == 0;
    copied[i] = is_step ? (double)values[i / to_step * from_step] : NAN;
    scattered[i] = is_step ? (double)values[i / to_step] : NAN;
    filled[i] = is_step ? (double)filler : NAN;
    exactly[i] = 0;
  }
  snprintf(t->shape, sizeof t->shape, "%ld numbers, steps %ld and %ld", count, from_step, to_step);
  while (next_set(t)) {
    const float *from = take_input(t, "original", values, from_count, 0);
    unsigned char *bytes = (unsigned char *)take(t, "bytes", count + 1, 0) + t->number % 4;
    memcpy(bytes, values, (size_t)count * sizeof(float));
    float *to = take(t, "copy", to_count, 0);
    ek_copy_strided(count, from, from_step, to, to_step);
    compare(t, "copy", to, to_count, copied, exactly);
    ek_fill_strided(count, filler, to, to_step);
    compare(t, "filled", to, to_count, filled, exactly);
    ek_scatter(count, bytes, to_step, to);
    compare(t, "scattered", to, to_count, scattered, exactly);
    verify(t);
    release(t, 0);
  }
}
