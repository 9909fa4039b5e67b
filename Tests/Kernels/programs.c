// The pool: random programs by random teams, on more threads than there are processors too.
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { MOST_STEPS = 40, MOST_THREADS = 12 };

static double processor_seconds(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

/// Nobody runs while there is nothing to do.
static void check_idleness(struct trial *t) {
  // What was awake may look around a little longer.
  usleep(20000);
  const double before = processor_seconds();
  usleep(100000);
  const double used = processor_seconds() - before;
  if (used > 0.02) fail(t, "idle pools used %.0f ms of processor time within 100", used * 1000);
}

/// Steps that read what others wrote before, in all of `count` numbers.
static long draw_program(struct trial *t, float *const places[4], long count, ek_step *steps) {
  const long length = between(t, 1, MOST_STEPS);
  for (long i = 0; i < length; i++) {
    const float *a = places[between(t, 0, 3)], *b = places[between(t, 0, 3)];
    float *to = places[between(t, 0, 3)];
    switch (between(t, 0, 3)) {
    case 0:
      steps[i] = (ek_step){.kernel = EK_BINARY, .as.binary = {EK_ADD, count, {EK_CLAMP, -4, 4}, a, b, to}};
      if (one_in(t, 2)) steps[i].as.binary.operation = EK_SUBTRACT;
      break;
    case 1:
      steps[i] = (ek_step){.kernel = EK_UNARY, .as.unary = {count, {EK_LEAKY_RELU, -0.5f, 0}, a, to}};
      break;
    default:
      // A copy to itself is no step of a network.
      if (a == to) a = places[0] == to ? places[1] : places[0];
      // Backwards in memory order, so that members read what others wrote: a softmax reads whole rows.
      steps[i] = one_in(t, 2) ? (ek_step){.kernel = EK_COPY, .as.copy = {count, a, to}}
                              : (ek_step){.kernel = EK_SOFTMAX, .as.softmax = {1, count, a, to}};
    }
  }
  return length;
}

void check_programs(struct trial *t) {
  static ek_pool *lasting[MOST_THREADS + 1];
  const long count = extent(t, 600), threads = between(t, 1, one_in(t, 8) ? MOST_THREADS : 4);
  const long runs = between(t, 1, 4);
  const int is_fresh = one_in(t, 20), is_bound = one_in(t, 2);
  const float *start = numbers(t, 4 * count, 0);
  float *places[4], *others[4];
  const uint64_t at = t->random;
  snprintf(t->shape, sizeof t->shape, "%ld numbers, %ld threads%s, %ld runs", count, threads, is_fresh ? ", new" : "",
           runs);
  while (next_set(t)) {
    t->team = threads;
    ek_step steps[MOST_STEPS];
    for (int i = 0; i < 4; i++) {
      places[i] = take(t, "numbers", count, 0);
      others[i] = take(t, "one thread's numbers", count, 0);
      memcpy(places[i], start + i * count, (size_t)count * sizeof(float));
      memcpy(others[i], start + i * count, (size_t)count * sizeof(float));
    }
    // Processors that may not exist: then the system refuses, and the thread runs where it may.
    int processors[MOST_THREADS];
    for (int i = 0; i < MOST_THREADS; i++) processors[i] = i % 3;
    ek_pool *pool = is_fresh ? NULL : lasting[threads];
    if (!pool) pool = ek_pool_create(threads, is_bound ? processors : NULL);
    if (!pool) abort();
    for (long run = 0; run < runs; run++) {
      // Both programs are the same draws.
      t->random = at + (uint64_t)run;
      long length = draw_program(t, others, count, steps);
      carry_out(t, 1, steps, length);
      t->random = at + (uint64_t)run;
      length = draw_program(t, places, count, steps);
      ek_pool_run(pool, t->kernels, steps, length);
      ek_pool_run(pool, t->kernels, steps, 0);
    }
    t->tally->teams++;
    int alike = 1;
    for (int i = 0; i < 4; i++) alike &= same_bits(places[i], others[i], count);
    t->tally->teams_alike += alike;
    if (!alike) fail(t, "a program's results are not those of one thread");
    if (is_fresh) ek_pool_destroy(pool);
    else lasting[threads] = pool;
    verify(t);
    if (t->number % 200 == 0) check_idleness(t);
    release(t, 0);
  }
}
