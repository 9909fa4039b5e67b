// Normalisations over channels or rows, and softmax.
#include "check.h"

void check_response(struct trial *t) {
  const long channels = extent(t, 60), pixels = extent(t, 150), size = between(t, 1, 7), team = draw_team(t);
  const float alpha = one_in(t, 2) ? 1e-4f : 1 + number(t), bias = 1.5f + number(t) / 2;
  const float beta = one_in(t, 2) ? 0.75f : 1 + number(t) / 2;
  const float *input = numbers(t, channels * pixels, 0);
  double *want = plain(t, (size_t)(channels * pixels) * sizeof(double));
  double *allowed = plain(t, (size_t)(channels * pixels) * sizeof(double));
  const long before = (size - 1) / 2, after = size - 1 - before;
  for (long c = 0; c < channels; c++)
    for (long p = 0; p < pixels; p++) {
      double sum = 0;
      for (long i = c - before; i <= c + after; i++)
        if (i >= 0 && i < channels) sum += (double)input[i * pixels + p] * input[i * pixels + p];
      const double y = input[c * pixels + p] * pow(bias + (double)alpha / (double)size * sum, -(double)beta);
      want[c * pixels + p] = y;
      allowed[c * pixels + p] = 3e-6 * fabs(y) + 1e-37;
    }
  snprintf(t->shape, sizeof t->shape, "%ld channels of %ld pixels, size %ld, alpha %g, beta %g, bias %g", channels,
           pixels, size, alpha, beta, bias);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_NORMALIZE_RESPONSE,
                    .as.response = {channels, pixels, size, alpha, beta, bias, NULL, NULL}};
    step.as.response.input = take_map(t, "input", input, channels, pixels);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.response.output = take(t, "output", padded(t, channels) * pixels, 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, channels, pixels, want, allowed, 1);
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

/// Normalises one line: `count` numbers, `step` apart.
static void normalize(const float *x, long count, long step, double epsilon, const float *scale, const float *shift,
                      double *want, double *allowed) {
  double mean = 0, variance = 0, largest = 0;
  for (long i = 0; i < count; i++) {
    mean += x[i * step];
    largest = fmax(largest, fabs((double)x[i * step]));
  }
  mean /= (double)count;
  for (long i = 0; i < count; i++) variance += (x[i * step] - mean) * (x[i * step] - mean);
  const double factor = 1 / sqrt(variance / (double)count + epsilon);
  for (long i = 0; i < count; i++) {
    const double s = scale ? (double)scale[i] : 1, term = shift ? (double)shift[i] : 0;
    const double y = (x[i * step] - mean) * factor * s;
    want[i * step] = y + term;
    // The mean is off by a part of the largest number, and so is each difference from it; a long sum of numbers of one
    // sign by the root of its length.
    const double off = largest * factor;
    allowed[i * step] =
        (1e-6 + 6e-8 * sqrt((double)count)) * (fabs(s) * off + fabs(y) * (1 + off) + fabs(term)) + 1e-37;
  }
}

void check_layer(struct trial *t) {
  const int has_rows = one_in(t, 2);
  const long channels = extent(t, one_in(t, 8) ? 1200 : 120), team = draw_team(t);
  const long lines = has_rows && one_in(t, 60) ? 1 : extent(t, 100);
  const float epsilon = one_in(t, 2) ? 1e-5f : 1e-3f, middle = one_in(t, 3) ? 0 : 30 * number(t);
  const float *scale = one_in(t, 4) ? NULL : numbers(t, channels, 0);
  const float *shift = one_in(t, 4) ? NULL : numbers(t, channels, 0);
  const long count = channels * lines, offset = one_in(t, 2) ? 0 : between(t, 1, 15);
  const float *input = numbers(t, count, middle);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < lines; i++) {
    const long at = has_rows ? i * channels : i;
    normalize(input + at, channels, has_rows ? 1 : lines, epsilon, scale, shift, want + at, allowed + at);
  }
  snprintf(t->shape, sizeof t->shape, "%ld channels of %ld %s around %g%s%s, epsilon %g, %ld floats off", channels,
           lines, has_rows ? "rows" : "pixels", middle, scale ? ", scale" : "", shift ? ", shift" : "", epsilon,
           offset);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_NORMALIZE_LAYER,
                    .as.layer = {.channels = channels, .pixels = has_rows ? 0 : lines, .rows = has_rows ? lines : 0,
                                 .epsilon = epsilon}};
    ek_layer_normalization *work = &step.as.layer;
    if (has_rows) {
      work->input = take_input(t, "input", input, count, offset);
      work->scale = take_input(t, "scale", scale, channels, offset);
      work->shift = take_input(t, "shift", shift, channels, offset);
    } else {
      work->input = take_map(t, "input", input, channels, lines);
      work->scale = take_channels(t, "scale", scale, channels);
      work->shift = take_channels(t, "shift", shift, channels);
    }
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      const long outputs = has_rows ? count : padded(t, channels) * lines;
      work->output = take(t, "output", outputs, has_rows ? offset : 0);
      carry_out(t, round ? team : 1, &step, 1);
      float *result = work->output;
      if (has_rows) {
        compare(t, "output", work->output, count, want, allowed);
      } else {
        compare_map(t, "output", work->output, channels, lines, want, allowed, 1);
        result = planes_of(t, work->output, channels, lines);
      }
      verify(t);
      if (round) t->tally->teams++, t->tally->teams_alike += same_bits(alone, result, count);
      alone = result;
    }
    release(t, 0);
  }
}

void check_softmax(struct trial *t) {
  const long rows = one_in(t, 100) ? 0 : extent(t, 60), width = extent(t, one_in(t, 8) ? 3000 : 200);
  const long count = rows * width, offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  const float spread = one_in(t, 3) ? 80 : 5, middle = one_in(t, 3) ? 1000 * number(t) : 0;
  const int is_masked = one_in(t, 5);
  float *input = plain(t, (size_t)count * sizeof(float));
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long row = 0; row < rows; row++) {
    float *x = input + row * width;
    double largest = -INFINITY, sum = 0;
    // A masked row keeps one number at least.
    for (long i = 0; i < width; i++) {
      x[i] = is_masked && i > 0 && one_in(t, 2) ? -INFINITY : middle + spread * number(t);
      largest = x[i] > largest ? x[i] : largest;
    }
    for (long i = 0; i < width; i++) sum += exp(x[i] - largest);
    for (long i = 0; i < width; i++) {
      want[row * width + i] = exp(x[i] - largest) / sum;
      // The rounding of an exponent becomes a factor.
      const double depth = isinf(x[i]) ? 0 : largest - x[i];
      allowed[row * width + i] =
          want[row * width + i] * (2e-6 + 6e-8 * sqrt((double)width) + 1.2e-7 * depth) + 1.2e-38;
    }
  }
  snprintf(t->shape, sizeof t->shape, "%ld rows of %ld around %g +- %g%s, %ld floats off", rows, width, middle, spread,
           is_masked ? ", masked" : "", offset);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_SOFTMAX, .as.softmax = {rows, width, NULL, NULL}};
    step.as.softmax.input = take_input(t, "input", input, count, offset);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.softmax.output = take(t, "output", count, offset);
      carry_out(t, round ? team : 1, &step, 1);
      compare(t, "output", output, count, want, allowed);
      verify(t);
      if (round) t->tally->teams++, t->tally->teams_alike += same_bits(alone, output, count);
      alone = output;
    }
    release(t, 0);
  }
}
