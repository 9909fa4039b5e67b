// Runs the checks: kernels [--cases N] [--seed S] [--family F] [--isa X] [--case I] [--small]. See README.md.
#include <stdarg.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>

#include "check.h"

static const struct family families[] = {
    {"convolution", check_convolution},
    {"winograd", check_winograd},
    {"depthwise", check_depthwise},
    {"linear", check_linear},
    {"multiplication", check_multiplication},
    {"pooling", check_pooling},
    {"global-pooling", check_global_pooling},
    {"binary", check_binary},
    {"unary", check_unary},
    {"scaling", check_scaling},
    {"response", check_response},
    {"layer", check_layer},
    {"softmax", check_softmax},
    {"layout", check_layout},
    {"strided", check_strided},
    {"narrow", check_narrow},
    {"statistics", check_statistics},
    {"normalization-gradients", check_normalization_gradients},
    {"weight-gradient", check_weight_gradient},
    {"spread", check_spread},
    {"function-gradients", check_function_gradients},
    {"pooling-gradients", check_pooling_gradients},
    {"global-pooling-gradients", check_global_pooling_gradients},
    {"layer-gradients", check_layer_gradients},
    {"softmax-gradients", check_softmax_gradients},
    {"channel-sums", check_channel_sums},
    {"row-sums", check_row_sums},
    {"moves", check_moves},
    {"updates", check_updates},
    {"mixtures", check_mixtures},
    {"dropout", check_dropout},
#if !defined(INTERLEAVED)
    {"programs", check_programs},
#endif
};
enum { FAMILIES = sizeof families / sizeof *families, MOST_MESSAGES = 20, MOST_SECONDS = 300 };

int chosen_sets;
static struct trial trial;
static struct tally tallies[FAMILIES][SETS];
static const struct family *current;
static ek_pool *pools[MOST_TEAM + 1];
static long messages, finished;

const char *set_name(int set) {
#if defined(__aarch64__)
  return set == EK_BASELINE ? "NEON" : "?";
#else
  return set == EK_BASELINE ? "baseline" : set == EK_AVX2 ? "avx2" : "avx512";
#endif
}


#if defined(INTERLEAVED)
static const char mode[] = " --interleaved";
#elif defined(__aarch64__)
static const char mode[] = " --aarch64";
#else
static const char mode[] = "";
#endif

static void say_where(void) {
  fprintf(stderr,
          "FAILED %s, %s, team of %ld: %s\n  repeat: Tests/Kernels/run%s --seed %llu --family %s --case %ld%s\n",
          trial.family, trial.kernels ? set_name(trial.set) : "no set", trial.team, trial.shape, mode,
          (unsigned long long)trial.seed, trial.family, trial.number, trial.is_small ? " --small" : "");
}

void fail(struct trial *t, const char *format, ...) {
  if (t->has_failed) return;
  t->has_failed = 1;
  t->tally->failed++;
  if (++messages > MOST_MESSAGES) return;
  va_list arguments;
  va_start(arguments, format);
  say_where();
  fputs("  ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

/// A kernel touched what it may not, or a team waits for ever.
static void die(int number) {
  fprintf(stderr, "%s\n", number == SIGALRM ? "No end in sight" : "Forbidden memory, or another signal");
  say_where();
  _exit(1);
}

// AddressSanitizer and its kin end the process by themselves, but call this before.
void __sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));

void carry_out(struct trial *t, long threads, const ek_step *steps, long count) {
  t->team = threads;
#if defined(INTERLEAVED)
  interleave(t, threads, steps, count);
  return;
#endif
  if (!pools[threads]) pools[threads] = ek_pool_create(threads, NULL);
  if (!pools[threads]) abort();
  ek_pool_run(pools[threads], t->kernels, steps, count);
}

int next_set(struct trial *t) {
  for (t->set++; t->set < SETS; t->set++) {
    t->kernels = ek_kernels_for((ek_isa)t->set);
    if (!t->kernels || !(chosen_sets >> t->set & 1)) continue;
    t->tally = &tallies[current - families][t->set];
    t->tally->cases++;
    t->has_failed = 0;
    finished++;
    return 1;
  }
  return 0;
}

long draw_team(struct trial *t) { return between(t, 2, MOST_TEAM); }

static void run_case(const struct family *family, long number) {
  uint64_t name = 0;
  for (const char *p = family->name; *p; p++) name = name * 31 + (unsigned char)*p;
  trial.family = family->name;
  trial.number = number;
  trial.random = trial.seed * 0x9e3779b97f4a7c15u + name * 0xff51afd7ed558ccdu + (uint64_t)number;
  next_random(&trial);
  trial.shape[0] = 0;
  trial.kernels = NULL;
  trial.set = -1;
  alarm(MOST_SECONDS);
  family->run(&trial);
  alarm(0);
  end_trial(&trial);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void print_family(const struct family *family, double took) {
  printf("%-15s %6.1f s", family->name, took);
  for (int set = 0; set < SETS; set++) {
    const struct tally *y = &tallies[family - families][set];
    if (!y->cases) continue;
    printf("  | %s %ld", set_name(set), y->cases);
    if (y->failed) printf(", %ld FAILED", y->failed);
    if (y->worst > 0) printf(", worst %.2f", y->worst);
    if (y->teams && y->teams_alike == y->teams) printf(", teams alike");
    if (y->teams_alike < y->teams) printf(", teams alike %ld/%ld", y->teams_alike, y->teams);
    if (y->parts && y->parts_alike == y->parts) printf(", parts alike");
    if (y->parts_alike < y->parts) printf(", parts alike %ld/%ld", y->parts_alike, y->parts);
  }
  putchar('\n');
  fflush(stdout);
}

static int usage(void) {
  fprintf(stderr, "kernels [--cases N] [--seed S] [--family F] [--isa baseline|avx2|avx512] [--case I] [--small]\n"
                  "families:");
  for (int i = 0; i < FAMILIES; i++) fprintf(stderr, " %s", families[i].name);
  fputc('\n', stderr);
  return 2;
}

int main(int count, char **arguments) {
  long cases = 2000, only = -1;
  const char *family = NULL, *work = NULL;
  chosen_sets = ~0;
  trial.seed = (uint64_t)time(NULL);
  for (int i = 1; i < count; i++) {
    const char *name = arguments[i];
    if (!strcmp(name, "--small")) {
      trial.is_small = 1;
      continue;
    }
    if (++i == count) return usage();
    const char *value = arguments[i];
    if (!strcmp(name, "--cases")) cases = atol(value);
    else if (!strcmp(name, "--case")) only = atol(value);
    else if (!strcmp(name, "--seed")) trial.seed = strtoull(value, NULL, 10);
    else if (!strcmp(name, "--family")) family = value;
    else if (!strcmp(name, "--count")) work = value;
    else if (!strcmp(name, "--isa")) {
      chosen_sets = !strcmp(value, "baseline") ? 1 : !strcmp(value, "avx2") ? 2 : !strcmp(value, "avx512") ? 4 : 0;
      if (!chosen_sets) return usage();
    } else return usage();
  }
  if (work)
    return run_counted(work, ek_kernels_for(chosen_sets == 1 ? EK_BASELINE : chosen_sets == 2 ? EK_AVX2 : EK_AVX512));
  signal(SIGALRM, die);
  if (__sanitizer_set_death_callback) {
    __sanitizer_set_death_callback(say_where);
  } else {
    signal(SIGSEGV, die);
    signal(SIGBUS, die);
    signal(SIGILL, die);
    signal(SIGFPE, die);
  }
  printf("seed %llu, %ld cases a family%s\n", (unsigned long long)trial.seed, cases, trial.is_small ? ", small" : "");
  for (int i = 0; i < FAMILIES; i++) {
    if (family && strcmp(family, families[i].name) != 0) continue;
    current = families + i;
    const double start = seconds();
    for (long n = only >= 0 ? only : 0; n < (only >= 0 ? only + 1 : cases); n++) run_case(current, n);
    print_family(current, seconds() - start);
  }
  long failed = 0;
  for (int i = 0; i < FAMILIES; i++)
    for (int set = 0; set < SETS; set++) failed += tallies[i][set].failed;
  for (int i = 0; i <= MOST_TEAM; i++) ek_pool_destroy(pools[i]);
  printf("%ld cases, %ld failed\n", finished, failed);
  return failed > 0 || finished == 0;
}
