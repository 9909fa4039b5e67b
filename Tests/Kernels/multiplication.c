// Matrices by matrices, many times: any strides, as attention's transposed and interleaved heads have.
#include "check.h"

/// Where a stack of matrices lies: batch, row, column apart; `count` floats in all.
struct place {
  long batch, row, column, count;
};

/// Of `batch` matrices of rows x columns. Inputs may also be transposed, or one for all.
static struct place draw_place(struct trial *t, long batch, long rows, long columns, int is_output) {
  const long gap = one_in(t, 3) ? between(t, 1, 20) : 0, other = one_in(t, 3) ? between(t, 1, 20) : 0;
  struct place p;
  switch (between(t, 0, is_output ? 1 : 4)) {
  case 0: p = (struct place){.row = columns + gap, .column = 1, .batch = rows * (columns + gap) + other}; break;
  // A row of each matrix after the other.
  case 1: p = (struct place){.batch = columns + gap, .row = batch * (columns + gap) + other, .column = 1}; break;
  case 2: p = (struct place){.row = 1, .column = rows + gap, .batch = columns * (rows + gap) + other}; break;
  case 3: p = (struct place){.batch = rows + gap, .row = 1, .column = batch * (rows + gap) + other}; break;
  default: p = (struct place){.row = columns + gap, .column = 1, .batch = 0}; break;
  }
  p.count = batch && rows && columns ? (batch - 1) * p.batch + (rows - 1) * p.row + (columns - 1) * p.column + 1 : 0;
  return p;
}

void check_multiplication(struct trial *t) {
  long batch, m, n, k;
  const double most = budget(t);
  do {
    batch = one_in(t, 2) ? 1 : between(t, one_in(t, 40) ? 0 : 2, 12);
    m = one_in(t, 100) ? 0 : extent(t, 200);
    n = extent(t, 200);
    k = extent(t, one_in(t, 4) ? 1000 : 100);
  } while ((double)batch * (double)m * (double)n * (double)k > most);
  const struct place a_at = draw_place(t, batch, m, k, 0), b_at = draw_place(t, batch, k, n, 0);
  const struct place y_at = draw_place(t, batch, m, n, 1);
  const float *a = numbers(t, a_at.count, 0), *b = numbers(t, b_at.count, 0);
  const float *bias = one_in(t, 2) ? NULL : numbers(t, n, 0);
  const float scale = one_in(t, 2) ? 1 : number(t);
  const ek_activation activation = draw_activation(t);
  const long offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  snprintf(t->shape, sizeof t->shape,
           "%ld times %ld x %ld, sums of %ld, strides (%ld %ld %ld) (%ld %ld %ld) (%ld %ld), scale %g%s, %s, %ld off",
           batch, m, n, k, a_at.batch, a_at.row, a_at.column, b_at.batch, b_at.row, b_at.column, y_at.batch, y_at.row,
           scale, bias ? ", bias" : "", function_name(activation.function), offset);
  double *want = plain(t, (size_t)y_at.count * sizeof(double));
  double *allowed = plain(t, (size_t)y_at.count * sizeof(double));
  // Nothing may be written between the results: there, what `take` leaves stays.
  for (long i = 0; i < y_at.count; i++) want[i] = NAN, allowed[i] = 0;
  for (long s = 0; s < batch; s++)
    for (long i = 0; i < m; i++)
      for (long j = 0; j < n; j++) {
        double sum = 0, size = 0;
        for (long l = 0; l < k; l++) {
          const double product = (double)a[s * a_at.batch + i * a_at.row + l * a_at.column] *
                                 b[s * b_at.batch + l * b_at.row + j * b_at.column];
          sum += product;
          size += fabs(product);
        }
        sum = (double)scale * sum + (bias ? (double)bias[j] : 0);
        size = fabs((double)scale) * size + (bias ? fabs((double)bias[j]) : 0);
        const long at = s * y_at.batch + i * y_at.row + j;
        want[at] = function_value(&activation, sum);
        allowed[at] = function_allowance(&activation, sum, 1e-6 * size);
      }
  while (next_set(t)) {
    ek_step step = {.kernel = EK_MULTIPLY_MATRICES};
    ek_multiplication *work = &step.as.multiplication;
    *work = (ek_multiplication){
        .batch = batch, .m = m, .n = n, .k = k, .scale = scale, .activation = activation,
        .a_batch = a_at.batch, .a_row = a_at.row, .a_column = a_at.column,
        .b_batch = b_at.batch, .b_row = b_at.row, .b_column = b_at.column,
        .y_batch = y_at.batch, .y_row = y_at.row,
    };
    work->a = take_input(t, "a", a, a_at.count, offset);
    work->b = take_input(t, "b", b, b_at.count, offset);
    work->bias = take_input(t, "bias", bias, n, offset);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      const long threads = round ? team : 1, scratch = t->kernels->multiplication_scratch(work, threads);
      work->scratch = scratch > 0 ? take(t, "scratch", scratch, 0) : NULL;
      work->y = take(t, "y", y_at.count, offset);
      carry_out(t, threads, &step, 1);
      compare(t, "y", work->y, y_at.count, want, allowed);
      verify(t);
      if (round) t->tally->teams++, t->tally->teams_alike += same_bits(alone, work->y, y_at.count);
      alone = work->y;
    }
    release(t, 0);
  }
}
