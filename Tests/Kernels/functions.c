// The functions applied to results, in double precision, and how far a kernel's may be off.
#include "check.h"

const ek_activation no_activation = {EK_CLAMP, -INFINITY, INFINITY};

const char *function_name(ek_function f) {
  static const char *const names[] = {"clamp",      "leaky relu", "sigmoid",   "silu", "hard sigmoid", "hard swish",
                                      "gelu",       "gelu tanh",  "tanh",      "exp",  "erf",          "elu"};
  return f <= EK_ELU ? names[f] : "unknown";
}

ek_activation draw_activation(struct trial *t) {
  switch (between(t, 0, 5)) {
  case 0:
  case 1: return no_activation;
  case 2: return (ek_activation){EK_CLAMP, 0, INFINITY};
  case 3: return (ek_activation){EK_CLAMP, number(t) - 1, number(t) + 1};
  default: break;
  }
  ek_activation f = {(ek_function)between(t, EK_LEAKY_RELU, EK_ELU), number(t), 0};
  if (f.function == EK_HARD_SIGMOID) f = (ek_activation){EK_HARD_SIGMOID, number(t) / 2, 0.5f};
  return f;
}

static double bounded(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

double function_value(const ek_activation *f, double x) {
  if (isnan(x)) return x;
  const double a = f->a, b = f->b;
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
  }
  return NAN;
}

/// The most that f changes where x changes by 1.
static double steepness(const ek_activation *f, double x, double off) {
  switch (f->function) {
  case EK_LEAKY_RELU:
  case EK_ELU: return fmax(1, fabs((double)f->a));
  case EK_HARD_SIGMOID: return fabs((double)f->a);
  case EK_HARD_SWISH: return 1.5;
  case EK_EXP: return exp(x + off);
  case EK_SIGMOID: return 0.25;
  case EK_SILU:
  case EK_GELU:
  case EK_GELU_TANH:
  case EK_ERF: return 1.13;
  default: return 1;
  }
}

double function_allowance(const ek_activation *f, double x, double off) {
  double own = 0;
  // Below the least normal float, nothing is promised.
  const double y = function_value(f, x), least = 1.2e-38;
  switch (f->function) {
  case EK_CLAMP: own = 0; break;
  // One rounding or two.
  case EK_LEAKY_RELU: own = 1.5e-7 * fabs(y); break;
  case EK_HARD_SIGMOID: own = 1.5e-7 * (fabs((double)f->a * x) + fabs((double)f->b)); break;
  case EK_HARD_SWISH: own = 3e-7 * fmin(fabs(x), 4) * fmax(1, fabs(y)); break;
  // 1 + erf and 1 + tanh cancel below zero, as exp(x) - 1 does around it.
  case EK_GELU:
  case EK_GELU_TANH: own = 4e-7 * fabs(y) + 3e-7 * fmin(fabs(x), 8); break;
  case EK_ELU: own = 4e-7 * fabs(y) + (x < 0 ? 2e-7 * fabs((double)f->a) : 0); break;
  // Relative, with a unit in the last place of the exponent's argument.
  case EK_SIGMOID:
  case EK_SILU: own = 1e-6 * fabs(y) + 1e-37 * fabs(x); break;
  case EK_EXP: own = 1e-6 * fabs(y); break;
  default: own = 1e-6 * fabs(y); break;
  }
  return off * steepness(f, x, off) + own + least;
}
