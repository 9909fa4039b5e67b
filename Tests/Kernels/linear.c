// Matrix products with bias, residual and activation.
#include "check.h"

struct product {
  long m, n, k;
  ek_element element;
  int is_packed;
  float *x, *w, *bias, *residual;
  ek_activation activation;
  double *sum, *size, *want, *allowed;
};

static void compute(struct trial *t, struct product *p) {
  const size_t bytes = (size_t)(p->m * p->n) * sizeof(double);
  p->sum = plain(t, bytes), p->size = plain(t, bytes), p->want = plain(t, bytes), p->allowed = plain(t, bytes);
  for (long i = 0; i < p->m; i++)
    for (long j = 0; j < p->n; j++) {
      double sum = 0, size = 0;
      for (long l = 0; l < p->k; l++) {
        const double product = (double)p->x[i * p->k + l] * p->w[j * p->k + l];
        sum += product;
        size += fabs(product);
      }
      const long at = i * p->n + j;
      if (p->bias) sum += p->bias[j], size += fabs((double)p->bias[j]);
      if (p->residual) sum += p->residual[at], size += fabs((double)p->residual[at]);
      p->sum[at] = sum, p->size[at] = size;
      p->want[at] = function_value(&p->activation, sum);
      p->allowed[at] = function_allowance(&p->activation, sum, 1e-6 * size);
    }
}

static void run_team(struct trial *t, const struct product *p, ek_linear work, long threads, long offset,
                     float **alone) {
  const int used = t->used;
  const long count = p->m * p->n;
  work.y = take(t, "y", count, offset);
  carry_out(t, threads, &(ek_step){.kernel = EK_LINEAR, .as.linear = work}, 1);
  compare(t, "y", work.y, count, p->want, p->allowed);
  float *result = plain(t, (size_t)count * sizeof(float));
  memcpy(result, work.y, (size_t)count * sizeof(float));
  if (*alone) {
    t->tally->teams++;
    t->tally->teams_alike += same_bits(result, *alone, count);
  } else {
    *alone = result;
  }
  if (t->number % 4 == 0) {
    float *parts = take(t, "y of the parts", count, offset);
    ek_step steps[3] = {{.kernel = EK_LINEAR, .as.linear = work}};
    steps[0].as.linear.residual = NULL;
    steps[0].as.linear.activation = no_activation;
    steps[0].as.linear.y = parts;
    long last = 1;
    if (work.residual)
      steps[last++] = (ek_step){.kernel = EK_BINARY,
                                .as.binary = {EK_ADD, count, no_activation, parts, work.residual, parts}};
    steps[last++] = (ek_step){.kernel = EK_UNARY, .as.unary = {count, work.activation, parts, parts}};
    carry_out(t, threads, steps, last);
    compare(t, "y of the parts", parts, count, p->want, p->allowed);
    t->tally->parts++;
    t->tally->parts_alike += same_bits(result, parts, count);
  }
  verify(t);
  release(t, used);
}

/// The weights as they are, or packed from either order.
static const void *place_weights(struct trial *t, const struct product *p, const ek_linear *work, long offset) {
  if (!p->is_packed) return take_elements(t, "w", p->element, p->w, p->n * p->k, offset);
  const long count = t->kernels->packed_linear_count(work);
  void *packed = take_narrow(t, "packed w", p->element, count, 0);
  const int used = t->used;
  const int is_turned = t->number % 3 == 0;
  float *turned = plain(t, (size_t)(p->n * p->k) * sizeof(float));
  for (long j = 0; j < p->n; j++)
    for (long l = 0; l < p->k; l++) turned[l * p->n + j] = p->w[j * p->k + l];
  const float *from = take_input(t, "w", is_turned ? turned : p->w, p->n * p->k, offset);
  t->kernels->pack_linear(work, from, is_turned ? 1 : p->k, is_turned ? p->n : 1, packed);
  verify(t);
  release(t, used);
  settle(t, packed);
  return packed;
}

void check_linear(struct trial *t) {
  struct product p = {0};
  const double most = budget(t);
  do {
    // Mostly few vectors, as networks at work have.
    p.m = one_in(t, 60) ? 0 : one_in(t, 3) ? 1 : extent(t, one_in(t, 4) ? 200 : 20);
    p.n = extent(t, one_in(t, 4) ? 2000 : 100);
    p.k = extent(t, one_in(t, 4) ? 4000 : 300);
  } while ((double)p.m * (double)p.n * (double)p.k > most);
  p.x = numbers(t, p.m * p.k, 0);
  p.w = numbers(t, p.n * p.k, 0);
  p.is_packed = one_in(t, 2);
  // Weights are what their type can hold.
  p.element = one_in(t, 3) ? one_in(t, 2) ? EK_BF16 : EK_F16 : EK_F32;
  unsigned short *narrow = plain(t, (size_t)(p.n * p.k) * sizeof(float));
  ek_narrow(p.element, p.n * p.k, p.w, narrow);
  ek_widen(p.element, p.n * p.k, narrow, p.w);
  p.bias = one_in(t, 3) ? NULL : numbers(t, p.n, 0);
  p.residual = one_in(t, 3) ? numbers(t, p.m * p.n, 0) : NULL;
  p.activation = draw_activation(t);
  const long offset = one_in(t, 2) ? 0 : between(t, 1, 15), team = draw_team(t);
  snprintf(t->shape, sizeof t->shape, "%ld x %ld, sums of %ld, element %d%s, %s%s%s, %ld floats off", p.m, p.n, p.k,
           p.element, p.is_packed ? ", packed" : "",
           function_name(p.activation.function), p.bias ? ", bias" : "", p.residual ? ", residual" : "", offset);
  compute(t, &p);
  while (next_set(t)) {
    ek_linear work = {.m = p.m, .n = p.n, .k = p.k, .element = p.element, .activation = p.activation};
    work.packed = p.is_packed;
    work.x = take_input(t, "x", p.x, p.m * p.k, offset);
    work.w = place_weights(t, &p, &work, offset);
    work.bias = take_input(t, "bias", p.bias, p.n, offset);
    work.residual = take_input(t, "residual", p.residual, p.m * p.n, offset);
    float *alone = NULL;
    run_team(t, &p, work, 1, offset, &alone);
    run_team(t, &p, work, team, offset, &alone);
    release(t, 0);
  }
}
