// What learning does to numbers: updates of weights, mixtures, numbers left out.
#include "check.h"

void check_updates(struct trial *t) {
  const long count = extent(t, 900), offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  ek_update u = {.optimizer = (ek_optimizer)between(t, 0, 1), .count = count};
  u.decayed = one_in(t, 3) ? count : between(t, 0, count);
  u.gradient_scale = one_in(t, 2) ? 1 : number(t);
  u.rate = 0.1f + 0.1f * number(t), u.decay = one_in(t, 3) ? 0 : 0.1f * fabsf(number(t));
  u.momentum = one_in(t, 4) ? 0 : 0.9f + 0.1f * number(t), u.nesterov = one_in(t, 2);
  u.beta2 = 0.99f + 0.01f * number(t), u.epsilon = one_in(t, 2) ? 1e-8f : 1e-3f;
  u.correction1 = fabsf(number(t)) + 0.1f, u.correction2 = fabsf(number(t)) + 0.01f;
  u.average_share = 0.99f + 0.01f * number(t);
  const int is_averaged = one_in(t, 2);
  // Weights, gradients, v or m, AdamW's v, average.
  float *start[5];
  double *want[5], *allowed[5];
  for (int i = 0; i < 5; i++) {
    start[i] = numbers(t, count, 0);
    want[i] = plain(t, (size_t)count * sizeof(double)), allowed[i] = plain(t, (size_t)count * sizeof(double));
  }
  for (long i = 0; i < count; i++) {
    start[3][i] = one_in(t, 10) ? 0 : start[3][i] * start[3][i];
    if (one_in(t, 10)) start[1][i] = start[2][i] = 0;
    const double w = start[0][i], g = (double)start[1][i] * u.gradient_scale, v = start[2][i];
    const double decay = i < u.decayed ? (double)u.decay : 0, m = u.momentum, rate = u.rate;
    double change, size;
    if (u.optimizer == EK_SGD) {
      const double pull = g + decay * w, next = m * v + pull, amount = fabs(m * v) + fabs(g) + fabs(decay * w);
      change = u.nesterov ? pull + m * next : next, size = 4e-7 * amount;
      want[2][i] = next, allowed[2][i] = 3e-7 * amount;
    } else {
      const double next = m * v + (1 - m) * g, amount = fabs(m * v) + fabs((1 - m) * g);
      const double second = u.beta2 * (double)start[3][i] + (1 - (double)u.beta2) * g * g;
      const double root = sqrt(second / u.correction2) + u.epsilon;
      change = next / u.correction1 / root + decay * w;
      size = 1e-6 * amount / u.correction1 / root + 3e-7 * fabs(decay * w) + 1e-37;
      want[2][i] = next, allowed[2][i] = 3e-7 * amount;
      want[3][i] = second, allowed[3][i] = 6e-7 * second + 1e-37;
    }
    want[0][i] = w - rate * change, allowed[0][i] = 2e-7 * (fabs(w) + fabs(rate * change)) + rate * size;
    const double share = u.average_share;
    want[4][i] = share * start[4][i] + (1 - share) * want[0][i];
    allowed[4][i] = 3e-7 * (fabs((double)start[4][i]) + fabs(want[0][i])) + allowed[0][i];
  }
  snprintf(t->shape, sizeof t->shape, "%s%s of %ld, %ld decayed%s, %ld floats off",
           u.optimizer == EK_SGD ? "SGD" : "AdamW", u.nesterov ? " with Nesterov's momentum" : "", count, u.decayed,
           is_averaged ? ", averaged" : "", offset);
  static const char *const names[] = {"weights", "gradient", "first", "second", "average"};
  while (next_set(t)) {
    float *alone[5];
    for (int round = 0; round < 2; round++) {
      float *now[5];
      for (int i = 0; i < 5; i++) {
        now[i] = i == 1 ? take_input(t, names[i], start[i], count, offset) : take(t, names[i], count, offset);
        memcpy(now[i], start[i], (size_t)count * sizeof(float));
      }
      ek_step step = {.kernel = EK_UPDATE, .as.update = u};
      step.as.update.weights = now[0], step.as.update.gradient = now[1], step.as.update.first = now[2];
      step.as.update.second = u.optimizer == EK_SGD ? NULL : now[3];
      step.as.update.average = is_averaged ? now[4] : NULL;
      carry_out(t, round ? team : 1, &step, 1);
      for (int i = 0; i < 5; i++) {
        if (i == 1 || (i == 3 && u.optimizer == EK_SGD) || (i == 4 && !is_averaged)) {
          if (!same_bits(now[i], start[i], count)) fail(t, "changed the %s", names[i]);
        } else {
          compare(t, names[i], now[i], count, want[i], allowed[i]);
        }
        if (round) check_alike(t, alone[i], now[i], count);
        alone[i] = now[i];
      }
      verify(t);
    }
    release(t, 0);
  }
}

void check_mixtures(struct trial *t) {
  const long count = one_in(t, 100) ? 0 : extent(t, 900), offset = one_in(t, 2) ? 0 : between(t, 1, 15);
  const long team = draw_team(t);
  const float a = number(t), b = number(t), *x = numbers(t, count, 0), *y = numbers(t, count, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) {
    want[i] = (double)a * x[i] + (double)b * y[i];
    allowed[i] = 2e-7 * (fabs((double)a * x[i]) + fabs((double)b * y[i])) + 1e-38;
  }
  snprintf(t->shape, sizeof t->shape, "%g and %g of %ld, %ld floats off", a, b, count, offset);
  while (next_set(t)) {
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      ek_step step = {.kernel = EK_MIX, .as.mix = {count, a, b, NULL, NULL, NULL}};
      step.as.mix.x = take_input(t, "x", x, count, offset);
      step.as.mix.y = take_input(t, "y", y, count, offset);
      float *output = step.as.mix.output = take(t, "output", count, offset);
      carry_out(t, round ? team : 1, &step, 1);
      compare(t, "output", output, count, want, allowed);
      verify(t);
      if (round) check_alike(t, alone, output, count);
      alone = output;
    }
    release(t, 0);
  }
}

/// Fails where something that has a chance of `share` happened another number of times than chance has it.
static void check_share(struct trial *t, const char *what, long happened, long count, double share) {
  const double off = fabs((double)happened - share * (double)count);
  if (off > 6 * sqrt(share * (1 - share) * (double)count) + 3)
    fail(t, "%s: %ld of %ld, where %g is to be expected", what, happened, count, share * (double)count);
}

void check_dropout(struct trial *t) {
  const long count = one_in(t, 100) ? 0 : extent(t, one_in(t, 4) ? 20000 : 500), team = draw_team(t);
  const long offset = one_in(t, 2) ? 0 : between(t, 1, 15);
  const float keep = one_in(t, 6) ? 1 : 0.05f + 0.9f * fabsf(number(t));
  float *input = numbers(t, count, 0);
  for (long i = 0; i < count; i++)
    if (input[i] == 0) input[i] = 1;
  // Keys that differ by one bit only, in either word.
  uint32_t words[2] = {one_in(t, 2) ? (uint32_t)between(t, 0, 9) : (uint32_t)next_random(t), (uint32_t)next_random(t)};
  float keys[2][2];
  memcpy(keys[0], words, sizeof words);
  words[between(t, 0, 1)] ^= 1u << between(t, 0, 31);
  memcpy(keys[1], words, sizeof words);
  unsigned char *mask = plain(t, (size_t)count);
  int is_known = 0;
  snprintf(t->shape, sizeof t->shape, "%ld kept with %g, %ld floats off", count, keep, offset);
  while (next_set(t)) {
    float *outputs[3];
    for (int run = 0; run < 3; run++) {
      ek_step step = {.kernel = EK_DROP_OUT, .as.dropout = {.count = count, .keep = keep}};
      step.as.dropout.key = take_input(t, "key", keys[run == 2], 2, 0);
      step.as.dropout.input = take_input(t, "input", input, count, offset);
      outputs[run] = step.as.dropout.output = take(t, "output", count, offset);
      carry_out(t, run ? team : 1, &step, 1);
      verify(t);
    }
    check_alike(t, outputs[0], outputs[1], count);
    long stay = 0, both = 0, pairs = 0;
    const long lag = between(t, 1, 40);
    for (long i = 0; i < count; i++) {
      const int stays = outputs[0][i] != 0;
      const double want = stays ? (double)input[i] / keep : 0;
      if (!(fabs(outputs[0][i] - want) <= 1.3e-7 * fabs(want))) fail(t, "[%ld] is %g, not %g", i, outputs[0][i], want);
      // The same on every instruction set.
      if (is_known && stays != mask[i]) fail(t, "[%ld] is%s left out here", i, stays ? " not" : "");
      mask[i] = (unsigned char)stays;
      stay += stays, both += stays && outputs[2][i] != 0;
      pairs += i >= lag && stays && mask[i - lag];
    }
    is_known = 1;
    check_share(t, "kept", stay, count, keep);
    check_share(t, "kept by another key, too", both, count, (double)keep * keep);
    if (count > lag) check_share(t, "kept with a neighbour", pairs, count - lag, (double)keep * keep);
    release(t, 0);
  }
}
