// Batch normalisation in training: a batch's statistics, and the gradients back through them.
#include "check.h"

struct batch {
  long samples, channels, pixels, team;
  ek_activation activation;
  float epsilon, momentum;
  float *input, *gradient; // planes, sample by sample
  float *gamma, *beta, *running_mean, *running_variance;
  // The kernels' buffers; gaps between samples' vectors must stay as they are.
  const float *maps[16], *gradient_maps[16];
  float *moments, *mean, *inverse, *scale, *shift;
  long stride;
};

/// What can be told apart from a function's bend.
static ek_activation draw_passage(struct trial *t) {
  switch (between(t, 0, 4)) {
  case 0:
  case 1: return no_activation;
  case 2: return (ek_activation){EK_CLAMP, 0, INFINITY};
  case 3: return (ek_activation){EK_CLAMP, one_in(t, 4) ? -INFINITY : 0.25f * (float)between(t, -4, 0),
                                 0.25f * (float)between(t, 1, 4)};
  default: return (ek_activation){EK_LEAKY_RELU, number(t), 0};
  }
}

static struct batch draw_batch(struct trial *t) {
  struct batch b = {.team = draw_team(t), .activation = draw_passage(t)};
  b.samples = one_in(t, 10) ? 16 : between(t, 1, 5);
  b.channels = extent(t, 40);
  b.pixels = extent(t, one_in(t, 20) ? 3000 : 90);
  b.epsilon = one_in(t, 2) ? 1e-5f : 1e-3f;
  b.momentum = one_in(t, 2) ? 0.9f : fabsf(number(t));
  const long count = b.samples * b.channels * b.pixels;
  b.input = numbers(t, count, 0);
  b.gradient = numbers(t, count, one_in(t, 2) ? 0 : 1);
  for (long c = 0; c < b.channels; c++) {
    // Channels of all sizes and places; numbers that floats add exactly, so that some meet a bound exactly.
    const int is_round = one_in(t, 3);
    const float size = powf(10, number(t)), middle = one_in(t, 2) ? 0 : 20 * number(t);
    for (long s = 0; s < b.samples; s++)
      for (long p = 0; p < b.pixels; p++) {
        float *x = b.input + (s * b.channels + c) * b.pixels + p;
        *x = is_round ? 0.25f * (float)between(t, -8, 8) : middle + size * *x;
      }
  }
  b.gamma = numbers(t, b.channels, 0);
  b.beta = numbers(t, b.channels, 0);
  b.running_mean = numbers(t, b.channels, 0);
  b.running_variance = numbers(t, b.channels, 1);
  snprintf(t->shape, sizeof t->shape, "%ld samples of %ld channels of %ld pixels, %s %g %g, epsilon %g, momentum %g",
           b.samples, b.channels, b.pixels, function_name(b.activation.function), b.activation.a, b.activation.b,
           b.epsilon, b.momentum);
  return b;
}

static void take_batch(struct trial *t, struct batch *b) {
  const long size = b->channels * b->pixels;
  for (long s = 0; s < b->samples; s++) {
    b->maps[s] = take_map(t, "input", b->input + s * size, b->channels, b->pixels);
    b->gradient_maps[s] = take_map(t, "gradient", b->gradient + s * size, b->channels, b->pixels);
    // So many buffers are too much for guards: two samples have them, others follow in plain memory.
    if (s == 1) break;
  }
  for (long s = 2; s < b->samples; s++) {
    const long floats = padded(t, b->channels) * b->pixels, width = t->kernels->block;
    float *maps = plain(t, (size_t)(2 * floats) * sizeof(float));
    for (long i = 0; i < floats; i++) {
      const long c = i / (b->pixels * width) * width + i % width, p = i / width % b->pixels;
      const int is_there = c < b->channels;
      maps[i] = is_there ? b->input[s * size + c * b->pixels + p] : 1e15f * number(t);
      maps[floats + i] = is_there ? b->gradient[s * size + c * b->pixels + p] : 1e15f * number(t);
    }
    b->maps[s] = maps, b->gradient_maps[s] = maps + floats;
  }
}

/// A vector's padding lanes, in two of them after each other; `what` they must be, or only finite.
static void check_padding(struct trial *t, const char *name, const float *v, long channels, int must_be_0) {
  for (long c = channels; c < padded(t, channels); c++)
    if (must_be_0 ? v[c] != 0 : !isfinite(v[c])) fail(t, "%s: padding lane %ld of %ld is %g", name, c, channels, v[c]);
}

/// What the sum of `n` numbers of one sign may be off, as a share of it, where it is made in eight parts. Roundings mostly
/// cancel out; those of many additions to a sum that is much larger than each can all go one way, by half a unit each.
static double share_lost(long n) { return 2e-6 + 6e-8 * fmax(sqrt((double)n), (double)n / 16); }

static double *sums_of_moments(const struct batch *b, struct trial *t, double *allowed) {
  double *want = plain(t, (size_t)(2 * b->samples * b->channels) * sizeof(double));
  const double n = (double)b->pixels, part = share_lost(b->pixels);
  for (long i = 0; i < b->samples * b->channels; i++) {
    const float *x = b->input + i * b->pixels;
    double mean = 0, size = 0, squares = 0;
    for (long p = 0; p < b->pixels; p++) mean += x[p], size += fabs((double)x[p]);
    mean /= n;
    for (long p = 0; p < b->pixels; p++) squares += (x[p] - mean) * (x[p] - mean);
    const double off = part * size / n;
    want[2 * i] = mean, allowed[2 * i] = off + 1e-38;
    want[2 * i + 1] = squares;
    allowed[2 * i + 1] = part * squares + n * off * off + 2 * off * sqrt(n * squares) * 1e-3 + 1e-38;
  }
  return want;
}

static void compute_moments(struct trial *t, struct batch *b, long threads) {
  b->stride = 2 * padded(t, b->channels) + 3;
  b->moments = take(t, "moments", b->samples * b->stride, 0);
  for (long s = 0; s < b->samples; s++) {
    const ek_step step = {.kernel = EK_MOMENTS,
                          .as.moments = {b->channels, b->pixels, b->maps[s], b->moments + s * b->stride}};
    carry_out(t, threads, &step, 1);
  }
}

static void join(struct trial *t, struct batch *b, long threads, float *running_mean, float *running_variance) {
  const long all = padded(t, b->channels);
  ek_step step = {.kernel = EK_JOIN_MOMENTS};
  step.as.batch_statistics = (ek_batch_statistics){
      .samples = b->samples, .channels = b->channels, .pixels = b->pixels, .epsilon = b->epsilon,
      .momentum = b->momentum, .moments = b->moments, .moments_stride = b->stride,
      .gamma = take_input(t, "gamma", b->gamma, b->channels, 0),
      .beta = take_input(t, "beta", b->beta, b->channels, 0),
      .running_mean = running_mean, .running_variance = running_variance,
      .mean = b->mean = take(t, "mean", all, 0), .inverse = b->inverse = take(t, "inverse", all, 0),
      .scale = b->scale = take(t, "scale", all, 0), .shift = b->shift = take(t, "shift", all, 0)};
  carry_out(t, threads, &step, 1);
}

static void one(struct trial *t, const char *what, float got, double want, double allowed) {
  compare(t, what, &got, 1, &want, &allowed);
}

static void check_joined(struct trial *t, const struct batch *b, const float *running_mean,
                         const float *running_variance) {
  const long all = padded(t, b->channels);
  for (long c = 0; c < b->channels; c++) {
    double mean = 0, squares = 0, samples = (double)b->samples;
    for (long s = 0; s < b->samples; s++) mean += (double)b->moments[s * b->stride + c] / samples;
    for (long s = 0; s < b->samples; s++) {
      const double off = b->moments[s * b->stride + c] - mean;
      squares += off * off + (double)b->moments[s * b->stride + all + c] / (double)b->pixels;
    }
    const double variance = squares / samples, inverse = 1 / sqrt(variance + (double)b->epsilon);
    const double scale = b->gamma[c] * inverse, shift = b->beta[c] - mean * scale;
    const double near = 1e-12 * (1 + fabs(mean)) * (1 + fabs(scale));
    one(t, "mean", b->mean[c], mean, 6.1e-8 * fabs(mean) + near);
    one(t, "inverse", b->inverse[c], inverse, 6.1e-8 * inverse + near);
    one(t, "scale", b->scale[c], scale, 6.1e-8 * fabs(scale) + near);
    one(t, "shift", b->shift[c], shift, 6.1e-8 * fabs(shift) + near);
    if (!running_mean) continue;
    const double share = b->momentum;
    const double running = share * b->running_mean[c] + (1 - share) * mean;
    const double spread = share * b->running_variance[c] + (1 - share) * variance;
    one(t, "running mean", running_mean[c], running, 6.1e-8 * fabs(running) + near);
    one(t, "running variance", running_variance[c], spread, 6.1e-8 * fabs(spread) + near);
  }
  check_padding(t, "mean", b->mean, b->channels, 0);
  check_padding(t, "inverse", b->inverse, b->channels, 0);
  check_padding(t, "scale", b->scale, b->channels, 1);
  check_padding(t, "shift", b->shift, b->channels, 1);
}

void check_statistics(struct trial *t) {
  struct batch b = draw_batch(t);
  const int runs = !one_in(t, 4);
  double *allowed = plain(t, (size_t)(2 * b.samples * b.channels) * sizeof(double));
  const double *want = sums_of_moments(&b, t, allowed);
  while (next_set(t)) {
    const int plain_used = t->plain_used;
    take_batch(t, &b);
    const long all = padded(t, b.channels);
    struct batch first = b;
    for (int round = 0; round < 2; round++) {
      const long threads = round ? b.team : 1;
      compute_moments(t, &b, threads);
      for (long s = 0; s < b.samples; s++) {
        const float *moments = b.moments + s * b.stride;
        for (long c = 0; c < b.channels; c++) {
          const long at = 2 * (s * b.channels + c);
          one(t, "mean of a sample", moments[c], want[at], allowed[at]);
          one(t, "squared deviations", moments[all + c], want[at + 1], allowed[at + 1]);
        }
        check_padding(t, "means", moments, b.channels, 0);
        check_padding(t, "squares", moments + all, b.channels, 0);
        for (long i = 2 * all; i < b.stride; i++)
          if (!isnan(moments[i])) fail(t, "moments went beyond their end");
      }
      settle(t, b.moments);
      float *mean = NULL, *variance = NULL;
      if (runs) {
        mean = take(t, "running mean", b.channels, 0), variance = take(t, "running variance", b.channels, 0);
        memcpy(mean, b.running_mean, (size_t)b.channels * sizeof(float));
        memcpy(variance, b.running_variance, (size_t)b.channels * sizeof(float));
      }
      join(t, &b, threads, mean, variance);
      check_joined(t, &b, mean, variance);
      verify(t);
      if (!round) first = b;
    }
    check_alike(t, first.moments, b.moments, b.samples * b.stride);
    check_alike(t, first.scale, b.scale, all);
    check_alike(t, first.shift, b.shift, all);
    release(t, 0);
    while (t->plain_used > plain_used) free(t->plain[--t->plain_used]);
  }
}

/// g = gradient * f'(scale * x + shift), and how far it may be off: where z is as good as at a bend, by the whole.
static double passed(const struct batch *b, float x, float gradient, float scale, float shift, double *off) {
  const double product = (double)x * scale, z = product + shift, slack = 3e-7 * (fabs(product) + fabs((double)shift));
  // Sums of few bits are exact.
  const double near = (float)product == product && (float)z == z && scale == 1 && shift == 0 ? 0 : slack;
  const double low = b->activation.function == EK_LEAKY_RELU ? 0 : b->activation.a;
  const double high = b->activation.function == EK_LEAKY_RELU ? INFINITY : b->activation.b;
  const int is_open = near > 0 && (fabs(z - low) <= near || fabs(z - high) <= near);
  *off = is_open ? 2 * fabs((double)gradient) : 1e-7 * fabs((double)gradient);
  if (b->activation.function == EK_LEAKY_RELU) return z < 0 ? (double)gradient * b->activation.a : gradient;
  return z > low && z < high ? gradient : 0;
}

/// The loss, the sum of gradient * normalised, of one channel.
static double channel_loss(const struct batch *b, long c, long place, double change) {
  const long size = b->channels * b->pixels, count = b->samples * b->pixels;
  double mean = 0, variance = 0, loss = 0;
  for (long i = 0; i < count; i++)
    mean += b->input[i / b->pixels * size + c * b->pixels + i % b->pixels] + (i == place ? change : 0);
  mean /= (double)count;
  for (int pass = 0; pass < 2; pass++)
    for (long i = 0; i < count; i++) {
      const long at = i / b->pixels * size + c * b->pixels + i % b->pixels;
      const double rest = b->input[at] + (i == place ? change : 0) - mean;
      if (pass == 0) variance += rest * rest / (double)count;
      else loss += b->gradient[at] * (b->gamma[c] * rest / sqrt(variance + (double)b->epsilon) + b->beta[c]);
    }
  return loss;
}

struct backwards {
  float *sums, *gamma, *beta, *factors, *outputs[2];
};

static struct backwards go_back(struct trial *t, const struct batch *b, long threads, int adds) {
  const long all = padded(t, b->channels), stride = b->stride;
  struct backwards k = {.sums = take(t, "sums", b->samples * stride, 0)};
  for (long s = 0; s < b->samples; s++) {
    ek_step step = {.kernel = EK_NORMALIZATION_SUMS};
    step.as.normalization_sums = (ek_normalization_sums){b->channels, b->pixels, b->activation, b->mean, b->inverse,
                                                         b->scale, b->shift, b->maps[s], b->gradient_maps[s],
                                                         k.sums + s * stride};
    carry_out(t, threads, &step, 1);
  }
  settle(t, k.sums);
  k.gamma = take(t, "gradient by gamma", b->channels, 0), k.beta = take(t, "gradient by beta", b->channels, 0);
  for (long c = 0; adds && c < b->channels; c++) k.gamma[c] = 0.5f, k.beta[c] = -0.5f;
  k.factors = take(t, "factors", 3 * all, 0);
  ek_step step = {.kernel = EK_JOIN_NORMALIZATION_SUMS};
  step.as.batch_gradient = (ek_batch_gradient){b->samples, b->channels, b->pixels, k.sums, stride, b->mean, b->inverse,
                                               b->scale, adds, k.gamma, k.beta, k.factors};
  carry_out(t, threads, &step, 1);
  settle(t, k.factors);
  for (long s = 0; s < b->samples && s < 2; s++) {
    k.outputs[s] = take(t, "output", all * b->pixels, 0);
    step = (ek_step){.kernel = EK_GRADIENT_BY_NORMALIZATION};
    step.as.normalization_gradient = (ek_normalization_gradient){
        b->channels, b->pixels, b->activation, b->scale, b->shift, k.factors, b->maps[s], b->gradient_maps[s],
        k.outputs[s]};
    carry_out(t, threads, &step, 1);
  }
  verify(t);
  return k;
}

static void check_back(struct trial *t, const struct batch *b, const struct backwards *k, int adds, int is_given) {
  const long size = b->channels * b->pixels, all = padded(t, b->channels);
  const double n = (double)(b->samples * b->pixels), part = share_lost(b->pixels);
  for (long c = 0; c < b->channels; c++) {
    const float scale = b->scale[c], shift = b->shift[c], mean = b->mean[c], inverse = b->inverse[c];
    double plain_sum = 0, product = 0, plain_off = 0, product_off = 0;
    for (long s = 0; s < b->samples; s++) {
      double own = 0, own_product = 0, own_off = 0, own_product_off = 0;
      for (long p = 0; p < b->pixels; p++) {
        const long at = s * size + c * b->pixels + p;
        double off;
        const double g = passed(b, b->input[at], b->gradient[at], scale, shift, &off);
        const double h = ((double)b->input[at] - mean) * inverse;
        const double h_off = 2e-7 * (fabs(h) + fabs((double)mean) * 0.1 * inverse);
        own += g, own_off += off + part * fabs(g);
        own_product += g * h, own_product_off += off * fabs(h) + part * fabs(g * h) + fabs(g) * h_off;
      }
      one(t, "sum of gradients", k->sums[s * b->stride + c], own, own_off + 1e-38);
      one(t, "sum of products", k->sums[s * b->stride + all + c], own_product, own_product_off + 1e-38);
      plain_sum += own, plain_off += own_off, product += own_product, product_off += own_product_off;
    }
    one(t, "gradient by beta", k->beta[c], plain_sum - (adds ? 0.5 : 0), plain_off + 1.2e-7 * (fabs(plain_sum) + 1));
    one(t, "gradient by gamma", k->gamma[c], product + (adds ? 0.5 : 0), product_off + 1.2e-7 * (fabs(product) + 1));
    for (long s = 0; s < b->samples && s < 2; s++)
      for (long p = 0; p < b->pixels; p++) {
        const long at = s * size + c * b->pixels + p, width = t->kernels->block;
        double off;
        const double g = passed(b, b->input[at], b->gradient[at], scale, shift, &off);
        const double x = b->input[at], h = (x - mean) * inverse;
        const double want = scale * (g - plain_sum / n - h * product / n);
        // The line through x is b * x + c, whose parts may cancel.
        const double line = fabs(product / n) * inverse * (fabs(x) + fabs((double)mean)) + fabs(plain_sum / n);
        const double allowed =
            fabs((double)scale) * (off + plain_off / n + fabs(h) * product_off / n + 4e-7 * (fabs(g) + line)) + 1e-37;
        one(t, "gradient by x", k->outputs[s][(c / width * b->pixels + p) * width + c % width], want, allowed);
      }
    if (is_given || b->activation.function != EK_CLAMP || isfinite(b->activation.a) || isfinite(b->activation.b))
      continue;
    // What the loss itself says.
    const long p = between(t, 0, b->pixels - 1), width = t->kernels->block;
    const double step = 1e-4 / inverse;
    const double want = (channel_loss(b, c, p, step) - channel_loss(b, c, p, -step)) / (2 * step);
    const double got = k->outputs[0][(c / width * b->pixels + p) * width + c % width];
    const double high = fabs((double)scale) * (2 + fabs((double)mean) * inverse * 1e-2) * (1 + fabs(product / n));
    if (!(fabs(got - want) <= 1e-4 * high))
      fail(t, "gradient by x, channel %ld, pixel %ld is %g, but the loss says %g", c, p, got, want);
  }
  for (long s = 0; s < b->samples; s++) {
    check_padding(t, "sums", k->sums + s * b->stride, b->channels, 0);
    check_padding(t, "products", k->sums + s * b->stride + all, b->channels, 0);
  }
  for (int i = 0; i < 3; i++) check_padding(t, "factors", k->factors + i * all, b->channels, 0);
  for (long s = 0; s < b->samples && s < 2; s++)
    for (long i = 0; i < all * b->pixels; i++)
      if (!isfinite(k->outputs[s][i])) fail(t, "output %ld is %g", i, k->outputs[s][i]);
}

void check_normalization_gradients(struct trial *t) {
  struct batch b = draw_batch(t);
  // Scale 1 and shift 0: then numbers lie at bounds exactly.
  const int is_given = one_in(t, 3), adds = one_in(t, 2);
  while (next_set(t)) {
    const int plain_used = t->plain_used;
    take_batch(t, &b);
    const long all = padded(t, b.channels);
    compute_moments(t, &b, 1);
    join(t, &b, 1, NULL, NULL);
    for (long c = 0; is_given && c < b.channels; c++) b.scale[c] = 1, b.shift[c] = 0;
    settle(t, b.mean), settle(t, b.inverse), settle(t, b.scale), settle(t, b.shift);
    const struct backwards alone = go_back(t, &b, 1, adds);
    check_back(t, &b, &alone, adds, is_given);
    const struct backwards team = go_back(t, &b, b.team, adds);
    check_alike(t, alone.sums, team.sums, b.samples * b.stride);
    check_alike(t, alone.factors, team.factors, 3 * all);
    check_alike(t, alone.gamma, team.gamma, b.channels);
    check_alike(t, alone.beta, team.beta, b.channels);
    for (long s = 0; s < b.samples && s < 2; s++)
      check_alike(t, alone.outputs[s], team.outputs[s], all * b.pixels);
    release(t, 0);
    while (t->plain_used > plain_used) free(t->plain[--t->plain_used]);
  }
}
