// Derivatives of the functions, against formulas in double precision and against the functions themselves.
#include "check.h"

static double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double sigmoid_slope(double x) { return exp(-fabs(x)) / ((1 + exp(-fabs(x))) * (1 + exp(-fabs(x)))); }
/// 0 where the exponential is, even for a huge number.
static double times(double x, double small) { return small == 0 ? 0 : x * small; }

static double slope_of(const ek_activation *f, double x) {
  const double a = f->a, b = f->b;
  switch (f->function) {
  case EK_CLAMP: return x > a && x < b;
  case EK_LEAKY_RELU: return x < 0 ? a : 1;
  case EK_SIGMOID: return sigmoid_slope(x);
  case EK_SILU: return sigmoid(x) + times(x, sigmoid_slope(x));
  case EK_HARD_SIGMOID: return a * x + b > 0 && a * x + b < 1 ? a : 0;
  case EK_HARD_SWISH: return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
  case EK_GELU: return erfc(-x * M_SQRT1_2) / 2 + times(x, exp(-x * x / 2)) / sqrt(2 * M_PI);
  case EK_GELU_TANH: {
    const double u = 2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    return sigmoid(u) + times(x * 2 * sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x), sigmoid_slope(u));
  }
  case EK_TANH: return 4 * sigmoid_slope(2 * x);
  case EK_EXP: return exp(x);
  case EK_ERF: return M_2_SQRTPI * exp(-x * x);
  case EK_ELU: return x < 0 ? a * exp(x) : 1;
  case EK_SELU: return x < 0 ? b * a * exp(x) : b;
  case EK_CELU: return x < 0 ? exp(x / a) : 1;
  case EK_SWISH: return sigmoid(a * x) + times(a * x, sigmoid_slope(a * x));
  case EK_MISH: {
    if (x > 30 || x < -300) return x > 0;
    const double t = tanh(log1p(exp(x)));
    return t + times(x, (1 - t * t) * sigmoid(x));
  }
  case EK_SOFTPLUS: return sigmoid(x);
  case EK_SOFTSIGN: return 1 / ((1 + fabs(x)) * (1 + fabs(x)));
  case EK_LOG: return 1 / x;
  case EK_SQRT: return 0.5 / sqrt(x);
  case EK_RECIPROCAL: return -1 / (x * x);
  case EK_ABS: return x > 0 ? 1 : x < 0 ? -1 : 0;
  case EK_NEGATE: return -1;
  case EK_FLOOR:
  case EK_CEILING:
  case EK_ROUND: return 0;
  }
  return NAN;
}

/// How near `x` is to where the function bends or jumps.
static double distance_to_bend(const ek_activation *f, double x) {
  const double a = f->a, b = f->b;
  switch (f->function) {
  case EK_CLAMP: return fmin(fabs(x - a), fabs(x - b));
  case EK_HARD_SIGMOID: return a == 0 ? INFINITY : fmin(fabs(x + b / a), fabs(x - (1 - b) / a));
  case EK_HARD_SWISH: return fmin(fabs(x - 3), fabs(x + 3));
  case EK_LEAKY_RELU:
  case EK_ELU:
  case EK_SELU:
  case EK_CELU:
  case EK_ABS:
  case EK_SOFTSIGN: return fabs(x);
  case EK_FLOOR:
  case EK_CEILING: return fabs(x - rint(x));
  case EK_ROUND: return fabs(x - 0.5 - rint(x - 0.5));
  default: return INFINITY;
  }
}

/// Four values around x, weighted so that only the fifth derivative errs.
static double central_difference(const ek_activation *f, double x, double h) {
  const double near = function_value(f, x + h) - function_value(f, x - h);
  const double far = function_value(f, x + 2 * h) - function_value(f, x - 2 * h);
  return (8 * near - far) / (12 * h);
}

static int is_for_positives(ek_function f) { return f == EK_LOG || f == EK_SQRT || f == EK_RECIPROCAL; }

static float draw_place(struct trial *t, const ek_activation *f) {
  if (is_for_positives(f->function)) {
    const float x = fabsf(number(t)) * powf(10, (float)between(t, -8, 8)) + 1e-8f;
    return f->function == EK_RECIPROCAL && one_in(t, 2) ? -x : x;
  }
  switch (between(t, 0, 9)) {
  case 0: return 80 * number(t);
  case 1: return f->function == EK_EXP ? number(t) : number(t) * powf(10, (float)between(t, -30, 30));
  case 2: return (float)between(t, -4, 4);
  case 3: return f->a;
  default: return 8 * number(t);
  }
}

/// Of the derivative.
static double allowance(const ek_activation *f, double x, double want) {
  const double bend = distance_to_bend(f, x);
  if (f->function == EK_HARD_SIGMOID && bend <= 1e-6 * (1 + fabs(x))) return INFINITY;
  switch (f->function) {
  case EK_CLAMP:
  case EK_ABS:
  case EK_NEGATE:
  case EK_FLOOR:
  case EK_CEILING:
  case EK_ROUND: return 0;
  case EK_LEAKY_RELU:
  case EK_HARD_SIGMOID: return 1e-7 * fabs(want);
  // What small factors are multiplied with may be rounded exponents.
  case EK_CELU: return (1e-6 + 1.2e-7 * fmin(fabs(x / f->a), 100)) * fabs(want) + 1e-37;
  case EK_ELU:
  case EK_SELU:
  case EK_EXP:
  case EK_SOFTPLUS:
  case EK_SIGMOID:
  case EK_TANH: return (1e-6 + 1.2e-7 * fmin(fabs(x), 100)) * fabs(want) + 1e-37;
  case EK_SOFTSIGN:
  case EK_LOG:
  case EK_SQRT:
  case EK_RECIPROCAL: return 4e-7 * fabs(want) + 1e-37;
  default: return 8e-7 * fmax(1, fabs(want));
  }
}

void check_function_gradients(struct trial *t) {
  const ek_activation f = draw_function(t, (ek_function)between(t, 0, FUNCTIONS - 1));
  const long count = one_in(t, 100) ? 0 : extent(t, one_in(t, 4) ? 3000 : 300);
  const long offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  float *x = plain(t, (size_t)count * sizeof(float)), *gradient = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  double *slopes = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) {
    x[i] = draw_place(t, &f);
    const double slope = slopes[i] = slope_of(&f, x[i]), g = gradient[i];
    want[i] = g * slope;
    const double off = allowance(&f, x[i], slope);
    allowed[i] = isinf(off) ? NAN : fabs(g) * off + (off > 0 ? 6e-8 * fabs(want[i]) + 1e-37 : 0);
  }
  snprintf(t->shape, sizeof t->shape, "%s (%g, %g) of %ld, %ld floats off", function_name(f.function), f.a, f.b, count,
           offset);
  while (next_set(t)) {
    for (long i = 0; i < count; i++) {
      const double h = is_for_positives(f.function) ? 1e-3 * fabs((double)x[i]) : f.function == EK_CELU ? 1e-4 : 1e-3;
      if (fabs((double)x[i]) > 50 && !is_for_positives(f.function)) continue;
      if (!(distance_to_bend(&f, x[i]) > 2.1 * h)) continue;
      const double measured = central_difference(&f, x[i], h);
      if (!(fabs(measured - slopes[i]) <= 1e-7 * fmax(1, fabs(slopes[i]))))
        fail(t, "at %.9g the derivative is %g, measured it is %g", x[i], slopes[i], measured);
    }
    ek_step step = {.kernel = EK_GRADIENT_BY_FUNCTION, .as.function_gradient = {.count = count, .activation = f}};
    step.as.function_gradient.input = take_input(t, "input", x, count, offset);
    step.as.function_gradient.gradient = take_input(t, "gradient", gradient, count, offset);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.function_gradient.output = take(t, "output", count, offset);
      carry_out(t, round ? team : 1, &step, 1);
      compare(t, "output", output, count, want, allowed);
      verify(t);
      if (round) check_alike(t, alone, output, count);
      alone = output;
    }
    release(t, 0);
  }
}
