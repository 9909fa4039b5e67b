// A team on one thread: a member runs until it waits for the others, then another does, in a random order. So a
// barrier that is missing shows each time, as a member that is far ahead reads what nobody wrote yet or writes what
// others still have to read; on real threads it would take luck.
//
// Needs the program linked with --wrap=ek_wait.
#if defined(INTERLEAVED)
#include <ucontext.h>

#include "check.h"

void ek_carry_out(const ek_kernels *kernels, const ek_step *steps, long count, const ek_team *team);
void __wrap_ek_wait(const ek_team *team);

enum { STACK = 1 << 20, MOST_MEMBERS = 16 };

struct member {
  ucontext_t context;
  ek_team team;
  char *stack;
  enum { RUNS, WAITS, HAS_ENDED } state;
  long waits;
};

static struct {
  struct member members[MOST_MEMBERS];
  struct member *running;
  ucontext_t scheduler;
  const ek_kernels *kernels;
  const ek_step *steps;
  long count;
} all;

void __wrap_ek_wait(const ek_team *team) {
  if (team->count == 1) return;
  struct member *self = all.running;
  self->state = WAITS;
  self->waits++;
  swapcontext(&self->context, &all.scheduler);
}

static void run_member(void) {
  struct member *self = all.running;
  ek_carry_out(all.kernels, all.steps, all.count, &self->team);
  self->state = HAS_ENDED;
  swapcontext(&self->context, &all.scheduler);
}

/// One of those that may run, or null.
static struct member *draw(struct trial *t, long threads) {
  long ready = 0;
  for (long i = 0; i < threads; i++) ready += all.members[i].state == RUNS;
  if (ready == 0) return NULL;
  long chosen = between(t, 0, ready - 1);
  for (long i = 0;; i++)
    if (all.members[i].state == RUNS && chosen-- == 0) return all.members + i;
}

void interleave(struct trial *t, long threads, const ek_step *steps, long count) {
  if (threads > MOST_MEMBERS) abort();
  all.kernels = t->kernels, all.steps = steps, all.count = count;
  for (long i = 0; i < threads; i++) {
    struct member *m = all.members + i;
    if (!m->stack) m->stack = malloc(STACK);
    if (!m->stack) abort();
    m->team = (ek_team){.index = i, .count = threads, .barrier = NULL};
    m->state = RUNS;
    m->waits = 0;
    getcontext(&m->context);
    m->context.uc_stack.ss_sp = m->stack;
    m->context.uc_stack.ss_size = STACK;
    m->context.uc_link = NULL;
    makecontext(&m->context, run_member, 0);
  }
  for (;;) {
    struct member *m = draw(t, threads);
    if (m) {
      all.running = m;
      swapcontext(&all.scheduler, &m->context);
      continue;
    }
    // All have come to where they wait, or to the end.
    long ended = 0;
    for (long i = 0; i < threads; i++) {
      ended += all.members[i].state == HAS_ENDED;
      if (all.members[i].waits != all.members[0].waits) fail(t, "members wait differently often");
      if (all.members[i].state == WAITS) all.members[i].state = RUNS;
    }
    if (ended == threads) return;
    if (ended > 0) {
      fail(t, "a member ended while others wait for it");
      return;
    }
  }
}
#endif
