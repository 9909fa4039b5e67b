// The functions applied to results, in double precision, and how far a kernel's may be off.
#include "check.h"

const ek_activation no_activation = {EK_CLAMP, -INFINITY, INFINITY};

const char *function_name(ek_function f) {
  static const char *const names[FUNCTIONS] = {
      "clamp", "leaky relu", "sigmoid",  "silu", "hard sigmoid", "hard swish", "gelu",    "gelu tanh", "tanh",
      "exp",   "erf",        "elu",      "selu", "celu",         "swish",      "mish",    "softplus",  "softsign",
      "log",   "sqrt",       "reciprocal", "abs", "negate",      "floor",      "ceiling", "round",
  };
  return f < FUNCTIONS ? names[f] : "unknown";
}

ek_activation draw_function(struct trial *t, ek_function function) {
  ek_activation f = {function, number(t), number(t)};
  switch (function) {
  case EK_CLAMP: f.b = f.a + 1; break;
  case EK_HARD_SIGMOID: f.a /= 2; break;
  // CELU's number is positive.
  case EK_CELU: f.a = fabsf(f.a) + 0.1f; break;
  case EK_SWISH: f.a *= 2; break;
  default: break;
  }
  return f;
}

ek_activation draw_activation(struct trial *t) {
  switch (between(t, 0, 5)) {
  case 0:
  case 1: return no_activation;
  case 2: return (ek_activation){EK_CLAMP, 0, INFINITY};
  case 3: return (ek_activation){EK_CLAMP, number(t) - 1, number(t) + 1};
  default: break;
  }
  // The others have jumps or no bounds, so that a sum's small error may become any: see check_unary.
  return draw_function(t, (ek_function)between(t, EK_LEAKY_RELU, EK_SOFTSIGN));
}

static double bounded(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

/// At plus or minus infinity.
static double limit_of(const ek_activation *f, double x) {
  const double a = f->a, b = f->b;
  const int up = x > 0;
  switch (f->function) {
  case EK_CLAMP: return up ? b : a;
  case EK_LEAKY_RELU: return up ? x : a == 0 ? NAN : a * x;
  case EK_SIGMOID: return up;
  case EK_HARD_SIGMOID: return a == 0 ? NAN : a * x > 0;
  case EK_SILU:
  case EK_HARD_SWISH:
  case EK_GELU:
  case EK_GELU_TANH:
  case EK_MISH:
  case EK_SOFTPLUS:
  case EK_EXP: return up ? x : 0;
  case EK_SWISH: return a == 0 ? x : a * x > 0 ? x : 0;
  case EK_TANH:
  case EK_ERF:
  case EK_SOFTSIGN: return up ? 1 : -1;
  case EK_ELU:
  case EK_CELU: return up ? x : -a;
  case EK_SELU: return up ? b * x : -a * b;
  case EK_LOG:
  case EK_SQRT: return up ? x : NAN;
  case EK_RECIPROCAL: return 0;
  case EK_ABS: return INFINITY;
  case EK_NEGATE: return -x;
  case EK_FLOOR:
  case EK_CEILING:
  case EK_ROUND: return x;
  }
  return NAN;
}

double function_value(const ek_activation *f, double x) {
  if (isnan(x)) return x;
  const double a = f->a, b = f->b;
  if (isinf(x)) return limit_of(f, x);
  switch (f->function) {
  case EK_CLAMP: return bounded(x, a, b);
  case EK_LEAKY_RELU: return x < 0 ? a * x : x;
  case EK_SIGMOID: return 1 / (1 + exp(-x));
  case EK_SILU: return x / (1 + exp(-x));
  case EK_HARD_SIGMOID: return bounded(a * x + b, 0, 1);
  case EK_HARD_SWISH: return x * bounded(x / 6 + 0.5, 0, 1);
  case EK_GELU: return x / 2 * erfc(-x * M_SQRT1_2);
  case EK_GELU_TANH: {
    const double u = sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    return u < -300 ? 0 : x / (1 + exp(-2 * u));
  }
  case EK_TANH: return tanh(x);
  case EK_EXP: return exp(x);
  case EK_ERF: return erf(x);
  case EK_ELU: return x < 0 ? a * expm1(x) : x;
  case EK_SELU: return x < 0 ? b * a * expm1(x) : b * x;
  case EK_CELU: return x < 0 ? a * expm1(x / a) : x;
  case EK_SWISH: return x / (1 + exp(-a * x));
  case EK_MISH: return x * tanh(softplus(x));
  case EK_SOFTPLUS: return softplus(x);
  case EK_SOFTSIGN: return x / (1 + fabs(x));
  case EK_LOG: return log(x);
  case EK_SQRT: return sqrt(x);
  case EK_RECIPROCAL: return 1 / x;
  case EK_ABS: return fabs(x);
  case EK_NEGATE: return -x;
  case EK_FLOOR: return floor(x);
  case EK_CEILING: return ceil(x);
  case EK_ROUND: return rint(x);
  }
  return NAN;
}

/// The most that f changes where x changes by 1.
static double steepness(const ek_activation *f, double x, double off) {
  switch (f->function) {
  case EK_LEAKY_RELU:
  case EK_ELU: return fmax(1, fabs((double)f->a));
  case EK_SELU: return fmax(1, fabs((double)f->a)) * fabs((double)f->b);
  case EK_HARD_SIGMOID: return fabs((double)f->a);
  case EK_HARD_SWISH: return 1.5;
  case EK_EXP: return exp(x + off);
  case EK_SIGMOID: return 0.25;
  default: return 1.13;
  }
}

/// What the function's own arithmetic may add. 1e-7 is about two units in the last place, as half of them is 6e-8.
static double own_allowance(const ek_activation *f, double x, double y) {
  const double a = fabs((double)f->a), b = fabs((double)f->b);
  switch (f->function) {
  case EK_CLAMP:
  case EK_ABS:
  case EK_NEGATE:
  case EK_FLOOR:
  case EK_CEILING:
  case EK_ROUND: return 0;
  // Rounded once.
  case EK_SQRT:
  case EK_RECIPROCAL: return 6e-8 * fabs(y);
  case EK_LEAKY_RELU: return 1.5e-7 * fabs(y);
  case EK_HARD_SIGMOID: return 1.5e-7 * (a * fabs(x) + b);
  case EK_HARD_SWISH: return 3e-7 * fmin(fabs(x), 4) * fmax(1, fabs(y));
  case EK_SOFTSIGN: return 3e-7 * fabs(y);
  // 1 + erf and 1 + tanh cancel below zero, as exp(x) - 1 may around it.
  case EK_GELU:
  case EK_GELU_TANH: return 4e-7 * fabs(y) + 3e-7 * fmin(fabs(x), 8);
  case EK_ELU:
  case EK_CELU: return 4e-7 * fabs(y) + (x < 0 ? 2e-7 * a : 0);
  case EK_SELU: return 5e-7 * fabs(y) + (x < 0 ? 2e-7 * a * b : 0);
  // Exponents may go no further than where results are all but 0.
  case EK_SILU:
  case EK_MISH: return 1e-6 * fabs(y) + 1e-37 * fmin(fabs(x), 1e4);
  // The rounding of the exponent becomes a factor.
  case EK_SWISH: return (1e-6 + 1.2e-7 * fmin(a * fabs(x), 100)) * fabs(y) + 1e-37 * fmin(fabs(x), 1e4);
  case EK_SIGMOID:
  case EK_TANH:
  case EK_EXP:
  case EK_ERF:
  case EK_SOFTPLUS:
  case EK_LOG: return 1e-6 * fabs(y);
  }
  return NAN;
}

double function_allowance(const ek_activation *f, double x, double off) {
  const double y = function_value(f, x);
  // Below the least normal float, nothing is promised.
  const double least = 1.2e-38;
  return (off > 0 ? off * steepness(f, x, off) : 0) + (isfinite(y) ? own_allowance(f, x, y) : 0) + least;
}
