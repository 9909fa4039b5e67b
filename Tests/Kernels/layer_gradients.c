// Layer normalisation and softmax backwards.
#include "check.h"

/// One line of `count` numbers, `step` apart: the gradient by it, and what it adds to those by scale and shift.
static void go_back(const float *x, const float *gradient, long count, long step, double epsilon, const float *scale,
                    double *want, double *allowed, double *parameters, double *off) {
  double mean = 0, variance = 0, largest = 0, plain = 0, product = 0, size = 0;
  for (long i = 0; i < count; i++) mean += x[i * step], largest = fmax(largest, fabs((double)x[i * step]));
  mean /= (double)count;
  for (long i = 0; i < count; i++) variance += (x[i * step] - mean) * (x[i * step] - mean);
  const double factor = 1 / sqrt(variance / (double)count + epsilon), part = 2e-6 + 1.2e-7 * sqrt((double)count);
  for (long i = 0; i < count; i++) {
    const double h = (x[i * step] - mean) * factor, g = gradient[i * step], k = g * (scale ? (double)scale[i] : 1);
    plain += k, product += k * h, size += fabs(k);
    parameters[i] += g * h, parameters[count + i] += g;
    off[i] += part * fabs(g) * (1 + fabs(h)) * (1 + largest * factor), off[count + i] += 1e-6 * fabs(g);
  }
  for (long i = 0; i < count; i++) {
    const double h = (x[i * step] - mean) * factor, k = gradient[i * step] * (scale ? (double)scale[i] : 1);
    want[i * step] = factor * (k - plain / (double)count - h * product / (double)count);
    // What h is off by, everything is; h is about 1, and more than the root of the count it cannot be.
    const double bulk = size / (double)count;
    allowed[i * step] = part * (1 + largest * factor) * factor *
                            (fabs(k) + bulk * (2 + fabs(h)) * 2 + fabs(h) * fabs(product) / (double)count * 4) + 1e-37;
  }
}

/// The sum of gradient * normalised along a line, one of whose numbers changes.
static double line_loss(const float *x, const float *gradient, long count, long step, double epsilon,
                        const float *scale, long place, double change) {
  double mean = 0, variance = 0, loss = 0;
  for (long i = 0; i < count; i++) mean += x[i * step] + (i == place ? change : 0);
  mean /= (double)count;
  for (long i = 0; i < count; i++) variance += pow(x[i * step] + (i == place ? change : 0) - mean, 2) / (double)count;
  for (long i = 0; i < count; i++) {
    const double h = (x[i * step] + (i == place ? change : 0) - mean) / sqrt(variance + epsilon);
    loss += gradient[i * step] * h * (scale ? (double)scale[i] : 1);
  }
  return loss;
}

void check_layer_gradients(struct trial *t) {
  const int has_rows = one_in(t, 2), has_parameters = !one_in(t, 4);
  const long channels = extent(t, one_in(t, 8) ? 600 : 100), lines = extent(t, 70), team = draw_team(t);
  const float epsilon = one_in(t, 2) ? 1e-5f : 1e-3f, middle = one_in(t, 3) ? 10 * number(t) : 0;
  const float *scale = one_in(t, 4) ? NULL : numbers(t, channels, 0);
  const long count = channels * lines, offset = one_in(t, 2) ? 0 : between(t, 1, 15);
  const float *input = numbers(t, count, middle), *gradient = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  const size_t bytes = (size_t)(2 * channels) * sizeof(double);
  double *parameters = memset(plain(t, bytes), 0, bytes), *off = memset(plain(t, bytes), 0, bytes);
  const long step_by = has_rows ? 1 : lines;
  for (long i = 0; i < lines; i++) {
    const long at = has_rows ? i * channels : i;
    go_back(input + at, gradient + at, channels, step_by, epsilon, scale, want + at, allowed + at, parameters, off);
  }
  for (long c = 0; c < 2 * channels; c++) off[c] += 1e-37;
  const long line = between(t, 0, lines - 1), place = between(t, 0, channels - 1);
  snprintf(t->shape, sizeof t->shape, "%ld channels of %ld %s around %g%s%s, epsilon %g, %ld floats off", channels,
           lines, has_rows ? "rows" : "pixels", middle, scale ? ", scale" : "", has_parameters ? ", parameters" : "",
           epsilon, offset);
  while (next_set(t)) {
    // What the loss itself says of the formula.
    const long at = has_rows ? line * channels : line;
    double losses[2];
    for (int i = 0; i < 2; i++)
      losses[i] = line_loss(input + at, gradient + at, channels, step_by, epsilon, scale, place, i ? 1e-5 : -1e-5);
    const double measured = (losses[1] - losses[0]) / 2e-5, formula = want[at + place * step_by];
    if (channels > 2 && !(fabs(measured - formula) <= 1e-3 * (1 + fabs(formula))))
      fail(t, "the formula gives %g, measured it is %g", formula, measured);

    ek_step step = {.kernel = EK_GRADIENT_BY_LAYER_NORMALIZATION};
    ek_layer_normalization_gradient *work = &step.as.layer_gradient;
    work->normalization = (ek_layer_normalization){
        .channels = channels, .pixels = has_rows ? 0 : lines, .rows = has_rows ? lines : 0, .epsilon = epsilon};
    const long width = has_rows ? channels : padded(t, channels);
    work->normalization.input =
        has_rows ? take_input(t, "input", input, count, offset) : take_map(t, "input", input, channels, lines);
    work->gradient = has_rows ? take_input(t, "gradient", gradient, count, offset)
                              : take_map(t, "gradient", gradient, channels, lines);
    work->normalization.scale =
        has_rows ? take_input(t, "scale", scale, channels, offset) : take_channels(t, "scale", scale, channels);
    const float *alone = NULL, *alone_parameters = NULL;
    for (int round = 0; round < 2; round++) {
      work->output = take(t, "output", width * lines, has_rows ? offset : 0);
      work->parameters = has_parameters ? take(t, "parameters", 2 * width, has_rows ? offset : 0) : NULL;
      carry_out(t, round ? team : 1, &step, 1);
      if (has_rows) compare(t, "output", work->output, count, want, allowed);
      else compare_map(t, "output", work->output, channels, lines, want, allowed, 1);
      for (int i = 0; has_parameters && i < 2; i++)
        compare_map(t, i ? "by shift" : "by scale", work->parameters + i * width, has_rows ? 0 : channels, 1,
                    parameters + i * channels, off + i * channels, 1);
      if (has_parameters && has_rows) compare(t, "parameters", work->parameters, 2 * channels, parameters, off);
      verify(t);
      if (round) check_alike(t, alone, work->output, width * lines);
      if (round && has_parameters) check_alike(t, alone_parameters, work->parameters, 2 * width);
      alone = work->output, alone_parameters = work->parameters;
    }
    release(t, 0);
  }
}

void check_softmax_gradients(struct trial *t) {
  const long rows = one_in(t, 100) ? 0 : extent(t, 60), width = extent(t, one_in(t, 8) ? 3000 : 200);
  const long count = rows * width, offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  float *result = numbers(t, count, 0);
  const float *gradient = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long row = 0; row < rows; row++) {
    float *y = result + row * width;
    const float *g = gradient + row * width;
    double sum = 0, product = 0, size = 0;
    for (long i = 0; i < width; i++) sum += exp(8 * (double)y[i]);
    for (long i = 0; i < width; i++) y[i] = (float)(exp(8 * (double)y[i]) / sum);
    for (long i = 0; i < width; i++) product += (double)y[i] * g[i], size += fabs((double)y[i] * g[i]);
    for (long i = 0; i < width; i++) {
      want[row * width + i] = y[i] * (g[i] - product);
      allowed[row * width + i] = y[i] * (3e-7 * fabs((double)g[i]) + 2e-6 * size) + 1e-38;
    }
  }
  snprintf(t->shape, sizeof t->shape, "%ld rows of %ld, %ld floats off", rows, width, offset);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_GRADIENT_BY_SOFTMAX, .as.softmax_gradient = {.rows = rows, .width = width}};
    step.as.softmax_gradient.result = take_input(t, "result", result, count, offset);
    step.as.softmax_gradient.gradient = take_input(t, "gradient", gradient, count, offset);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.softmax_gradient.output = take(t, "output", count, offset);
      carry_out(t, round ? team : 1, &step, 1);
      compare(t, "output", output, count, want, allowed);
      verify(t);
      if (round) check_alike(t, alone, output, count);
      alone = output;
    }
    release(t, 0);
  }
}
