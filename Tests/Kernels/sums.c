// Sums over pixels and rows.
#include "check.h"

void check_channel_sums(struct trial *t) {
  const long channels = extent(t, 100), pixels = extent(t, one_in(t, 10) ? 5000 : 200), team = draw_team(t);
  const float *a = numbers(t, channels * pixels, one_in(t, 2) ? 0 : 1);
  const float *b = one_in(t, 2) ? NULL : numbers(t, channels * pixels, 0);
  double *want = plain(t, (size_t)channels * sizeof(double)), *allowed = plain(t, (size_t)channels * sizeof(double));
  for (long c = 0; c < channels; c++) {
    double sum = 0, size = 0;
    for (long i = c * pixels; i < (c + 1) * pixels; i++) {
      const double x = a[i] * (b ? (double)b[i] : 1);
      sum += x, size += fabs(x);
    }
    want[c] = sum, allowed[c] = (1e-6 + 6e-8 * sqrt((double)pixels)) * size + 1e-37;
  }
  snprintf(t->shape, sizeof t->shape, "%ld channels of %ld pixels%s", channels, pixels, b ? ", products" : "");
  while (next_set(t)) {
    ek_step step = {.kernel = EK_CHANNEL_SUMS, .as.channel_sums = {.channels = channels, .pixels = pixels}};
    step.as.channel_sums.a = take_map(t, "a", a, channels, pixels);
    step.as.channel_sums.b = take_map(t, "b", b, channels, pixels);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.channel_sums.output = take(t, "output", padded(t, channels), 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, channels, 1, want, allowed, 1);
      verify(t);
      if (round) check_alike(t, alone, output, padded(t, channels));
      alone = output;
    }
    release(t, 0);
  }
}

void check_row_sums(struct trial *t) {
  const long rows = one_in(t, 50) ? 0 : extent(t, one_in(t, 10) ? 1000 : 80), count = extent(t, 600);
  const long stride = count + between(t, 0, 20), offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  const int adds = one_in(t, 2);
  // The last row ends where its numbers do.
  const long all = rows ? (rows - 1) * stride + count : 0;
  const float *input = numbers(t, all, one_in(t, 2) ? 0 : 1), *start = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) {
    double sum = adds ? (double)start[i] : 0, size = fabs(sum);
    for (long row = 0; row < rows; row++) sum += input[row * stride + i], size += fabs((double)input[row * stride + i]);
    want[i] = sum, allowed[i] = (1e-6 + 6e-8 * sqrt((double)rows)) * size;
  }
  snprintf(t->shape, sizeof t->shape, "%ld rows of %ld, %ld apart%s, %ld floats off", rows, count, stride,
           adds ? ", added" : "", offset);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_ROW_SUMS,
                    .as.row_sums = {.rows = rows, .count = count, .stride = stride, .adds = adds}};
    step.as.row_sums.input = take_input(t, "input", input, all, offset);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.row_sums.output = take(t, "output", count, offset);
      if (adds) memcpy(output, start, (size_t)count * sizeof(float));
      carry_out(t, round ? team : 1, &step, 1);
      compare(t, "output", output, count, want, allowed);
      verify(t);
      if (round) check_alike(t, alone, output, count);
      alone = output;
    }
    release(t, 0);
  }
}
