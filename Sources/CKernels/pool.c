// A pool of threads that spin for a moment before they sleep: between the steps of a network there are microseconds,
// between two requests there may be hours.

#define _GNU_SOURCE
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program.h"

/// How often a waiting thread looks before it sleeps: some tens of microseconds. Where threads share a processor it would
/// look in vain, because the one it waits for cannot run meanwhile.
enum { LOOKS = 4000, LOOKS_WHEN_CROWDED = 20 };

enum { MOST_THREADS = 64 };

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleep_while(_Atomic unsigned *word, unsigned value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake_all(_Atomic unsigned *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/// A number that threads wait to see changed. `sleepers` spares the system call where nobody sleeps.
struct counter {
  _Alignas(64) _Atomic unsigned value;
  _Atomic unsigned sleepers;
};

static void wait_while(struct counter *counter, unsigned value, long looks) {
  for (long i = 0; i < looks; i++) {
    if (atomic_load_explicit(&counter->value, memory_order_acquire) != value) return;
    pause_briefly();
  }
  atomic_fetch_add(&counter->sleepers, 1);
  while (atomic_load(&counter->value) == value) sleep_while(&counter->value, value);
  atomic_fetch_sub(&counter->sleepers, 1);
}

static void announce(struct counter *counter) {
  atomic_fetch_add(&counter->value, 1);
  if (atomic_load(&counter->sleepers) > 0) wake_all(&counter->value);
}

struct ek_barrier {
  struct counter round;
  _Alignas(64) _Atomic long arrived;
  long looks;
};

const ek_team ek_alone = {.index = 0, .count = 1, .barrier = NULL};

void ek_wait(const ek_team *team) {
  if (team->count == 1) return;
  ek_barrier *b = team->barrier;
  unsigned round = atomic_load_explicit(&b->round.value, memory_order_acquire);
  if (atomic_fetch_add_explicit(&b->arrived, 1, memory_order_acq_rel) == team->count - 1) {
    atomic_store_explicit(&b->arrived, 0, memory_order_relaxed);
    announce(&b->round);
  } else {
    wait_while(&b->round, round, b->looks);
  }
}

struct worker {
  struct ek_pool *pool;
  ek_team team;
  pthread_t thread;
};

struct ek_pool {
  struct counter work;
  ek_barrier barrier;
  long threads;
  int ends;
  /// What all threads are to do.
  ek_work *task;
  const void *context;
  /// Whether the thread that made the pool was bound to a processor for it, which that was, and where it ran before.
  int binds_maker;
  pthread_t maker;
  cpu_set_t before;
  struct worker workers[MOST_THREADS];
};

static void *work(void *argument) {
  struct worker *self = argument;
  struct ek_pool *pool = self->pool;
  for (unsigned seen = 0;; seen++) {
    wait_while(&pool->work, seen, pool->barrier.looks);
    if (pool->ends) return NULL;
    pool->task(pool->context, &self->team);
  }
}

/// Whether threads have to take turns on a processor.
static int is_crowded(long threads, const int *processors) {
  cpu_set_t usable, named;
  if (!processors) return sched_getaffinity(0, sizeof usable, &usable) == 0 && CPU_COUNT(&usable) < threads;
  CPU_ZERO(&named);
  for (long i = 0; i < threads; i++) CPU_SET(processors[i], &named);
  return CPU_COUNT(&named) < threads;
}

/// Signals that the process's other threads are to take: all but what a thread brings upon itself. New threads inherit
/// which signals are held back.
static sigset_t signals_of_others(void) {
  static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF};
  sigset_t set;
  sigfillset(&set);
  for (unsigned i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&set, own[i]);
  return set;
}

static void bind_to(pthread_t thread, int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  // Where the system refuses, the thread runs where it may.
  pthread_setaffinity_np(thread, sizeof set, &set);
}

ek_pool *ek_pool_create(long threads, const int *processors) {
  if (threads < 1 || threads > MOST_THREADS) return NULL;
  struct ek_pool *pool = NULL;
  if (posix_memalign((void **)&pool, 64, sizeof *pool) != 0) return NULL;
  *pool = (struct ek_pool){.threads = 1, .barrier.looks = is_crowded(threads, processors) ? LOOKS_WHEN_CROWDED : LOOKS};
  pool->workers[0].team = (ek_team){.index = 0, .count = threads, .barrier = &pool->barrier};
  sigset_t others = signals_of_others(), before;
  pthread_sigmask(SIG_BLOCK, &others, &before);
  for (long i = 1; i < threads; i++) {
    struct worker *worker = pool->workers + i;
    worker->pool = pool;
    worker->team = (ek_team){.index = i, .count = threads, .barrier = &pool->barrier};
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) break;
    pool->threads++;
    if (processors) bind_to(worker->thread, processors[i]);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pool->threads == threads) {
    pool->maker = pthread_self();
    if (processors && pthread_getaffinity_np(pool->maker, sizeof pool->before, &pool->before) == 0) {
      bind_to(pool->maker, processors[0]);
      pool->binds_maker = 1;
    }
    return pool;
  }
  ek_pool_destroy(pool);
  return NULL;
}

void ek_pool_destroy(ek_pool *pool) {
  if (!pool) return;
  pool->ends = 1;
  announce(&pool->work);
  for (long i = 1; i < pool->threads; i++) pthread_join(pool->workers[i].thread, NULL);
  if (pool->binds_maker && pthread_equal(pool->maker, pthread_self()))
    pthread_setaffinity_np(pool->maker, sizeof pool->before, &pool->before);
  free(pool);
}

void ek_pool_do(ek_pool *pool, ek_work *work, const void *context) {
  pool->task = work;
  pool->context = context;
  if (pool->threads > 1) announce(&pool->work);
  // The work ends with a barrier, which is the end of everybody's part.
  work(context, &pool->workers[0].team);
}
