// Element by element: binary operations, functions, scaling per channel.
#include "check.h"

static double operate(ek_operation operation, double a, double b) {
  switch (operation) {
  case EK_ADD: return a + b;
  case EK_SUBTRACT: return a - b;
  case EK_MULTIPLY: return a * b;
  case EK_DIVIDE: return a / b;
  case EK_LEAST: return b < a ? b : a;
  case EK_GREATEST: return b > a ? b : a;
  }
  return NAN;
}

/// Runs a step once alone and once by a team. With `in_place` its output stands where its first input stood.
static void run_both(struct trial *t, ek_step *step, const float **input, float **output, const float *from,
                     long count, long offset, int in_place, long team, const double *want, const double *allowed) {
  const int used = t->used;
  float *alone = NULL;
  for (int round = 0; round < 2; round++) {
    *output = take(t, "output", count, offset);
    if (in_place) {
      memcpy(*output, from, (size_t)count * sizeof(float));
      *input = *output;
    } else {
      *input = take_input(t, "input", from, count, offset);
    }
    carry_out(t, round ? team : 1, step, 1);
    compare(t, "output", *output, count, want, allowed);
    verify(t);
    if (round) t->tally->teams++, t->tally->teams_alike += same_bits(alone, *output, count);
    alone = *output;
  }
  release(t, used);
}

void check_binary(struct trial *t) {
  const ek_operation operation = (ek_operation)between(t, EK_ADD, EK_GREATEST);
  const ek_activation activation = draw_activation(t);
  const long count = one_in(t, 100) ? 0 : extent(t, one_in(t, 4) ? 20000 : 500);
  const long offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  const int in_place = one_in(t, 3);
  const float *a = numbers(t, count, 0);
  float *b = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) {
    // Quotients within reach of every function.
    if (operation == EK_DIVIDE && fabsf(b[i]) < 0.05f) b[i] = 0.05f;
    const double z = operate(operation, a[i], b[i]);
    want[i] = function_value(&activation, z);
    allowed[i] = function_allowance(&activation, z, 2e-7 * fabs(z));
  }
  snprintf(t->shape, sizeof t->shape, "operation %d of %ld, %s%s, %ld floats off", operation, count,
           function_name(activation.function), in_place ? ", in place" : "", offset);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_BINARY, .as.binary = {operation, count, activation, NULL, NULL, NULL}};
    step.as.binary.b = take_input(t, "second input", b, count, offset);
    run_both(t, &step, &step.as.binary.a, &step.as.binary.output, a, count, offset, in_place, team, want, allowed);
    release(t, 0);
  }
}

/// Any float: mostly where functions bend, also huge, tiny, and what is no number.
static float draw_argument(struct trial *t) {
  switch (between(t, 0, 9)) {
  case 0: return 100 * number(t);
  case 1: return number(t) * powf(10, (float)between(t, -44, 38));
  case 2: {
    static const float special[] = {0.0f,      -0.0f,     1.0f,    -1.0f,      3.0f,      -3.0f,    INFINITY, -INFINITY,
                                    NAN,       3.4e38f,   -3.4e38f, 1.17e-38f, -1.17e-38f, 1e-45f,  88.7f,    88.8f,
                                    -87.3f,    -88.8f,    -103.9f, -104.1f,    20.0f,     -20.0f,   9.01f,    -9.01f};
    return special[between(t, 0, (long)(sizeof special / sizeof *special) - 1)];
  }
  default: return 12 * number(t);
  }
}

void check_unary(struct trial *t) {
  const ek_activation activation = draw_function(t, (ek_function)between(t, 0, FUNCTIONS - 1));
  const long count = one_in(t, 100) ? 0 : extent(t, one_in(t, 4) ? 5000 : 300);
  const long offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  const int in_place = one_in(t, 3);
  float *x = plain(t, (size_t)count * sizeof(float));
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) {
    x[i] = draw_argument(t);
    want[i] = function_value(&activation, x[i]);
    allowed[i] = function_allowance(&activation, x[i], 0);
  }
  snprintf(t->shape, sizeof t->shape, "%s (%g, %g) of %ld%s, %ld floats off", function_name(activation.function),
           activation.a, activation.b, count, in_place ? ", in place" : "", offset);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_UNARY, .as.unary = {count, activation, NULL, NULL}};
    run_both(t, &step, &step.as.unary.input, &step.as.unary.output, x, count, offset, in_place, team, want, allowed);
    release(t, 0);
  }
}

void check_scaling(struct trial *t) {
  const ek_activation activation = draw_activation(t);
  const long channels = extent(t, 100), pixels = extent(t, 300), team = draw_team(t);
  const float *scale = one_in(t, 4) ? NULL : numbers(t, channels, 0);
  const float *shift = one_in(t, 4) ? NULL : numbers(t, channels, 0);
  const float *input = numbers(t, channels * pixels, 0);
  double *want = plain(t, (size_t)(channels * pixels) * sizeof(double));
  double *allowed = plain(t, (size_t)(channels * pixels) * sizeof(double));
  for (long c = 0; c < channels; c++)
    for (long p = 0; p < pixels; p++) {
      const long at = c * pixels + p;
      const double product = input[at] * (scale ? (double)scale[c] : 1), term = shift ? (double)shift[c] : 0;
      want[at] = function_value(&activation, product + term);
      allowed[at] = function_allowance(&activation, product + term, 2e-7 * (fabs(product) + fabs(term)));
    }
  snprintf(t->shape, sizeof t->shape, "%ld channels of %ld pixels%s%s, %s", channels, pixels, scale ? ", scale" : "",
           shift ? ", shift" : "", function_name(activation.function));
  while (next_set(t)) {
    ek_step step = {.kernel = EK_SCALE, .as.scaling = {channels, pixels, NULL, NULL, activation, NULL, NULL}};
    step.as.scaling.scale = take_channels(t, "scale", scale, channels);
    step.as.scaling.shift = take_channels(t, "shift", shift, channels);
    step.as.scaling.input = take_map(t, "input", input, channels, pixels);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.scaling.output = take(t, "output", padded(t, channels) * pixels, 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, channels, pixels, want, allowed, 0);
      verify(t);
      if (round) {
        t->tally->teams++;
        t->tally->teams_alike +=
            same_bits(planes_of(t, alone, channels, pixels), planes_of(t, output, channels, pixels), channels * pixels);
      }
      alone = output;
    }
    release(t, 0);
  }
}
