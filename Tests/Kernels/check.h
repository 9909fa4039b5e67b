#pragma once
// Checks of the kernels against plain double-precision arithmetic. A trial is one random case of one family: it draws a
// shape and numbers, computes what should come out, and lets every instruction set and several teams compute it.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

enum { MOST_TEAM = 4, MOST_BUFFERS = 32, MOST_PLAIN = 32, SETS = 3 };

/// What became of a family on one instruction set.
struct tally {
  long cases, failed;
  double worst; // the largest error, as a part of what is allowed
  long teams, teams_alike; // results of larger teams, and those that equal one thread's bit by bit
  long parts, parts_alike; // fused results, and those that equal their parts' bit by bit
};

/// Guarded memory: see memory.c.
struct buffer {
  const char *name;
  unsigned char *base, *data;
  size_t capacity, bytes;
  int is_input;
  uint64_t sum;
};

struct trial {
  const char *family;
  uint64_t seed, random;
  long number;
  int is_small; // slow machine: draw smaller shapes
  char shape[512];
  // The run in progress.
  int set; // an ek_isa
  const ek_kernels *kernels;
  long team;
  int has_failed;
  struct tally *tally; // of this set
  struct buffer buffers[MOST_BUFFERS];
  int used;
  void *plain[MOST_PLAIN];
  int plain_used;
};

// main.c
extern int chosen_sets; // bits
const char *set_name(int set);
/// Says what is wrong, once a run, with the command that repeats it.
void fail(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Lets a team of `threads` carry out the steps with the set in question.
void carry_out(struct trial *t, long threads, const ek_step *steps, long count);

// interleave.c
void interleave(struct trial *t, long threads, const ek_step *steps, long count);

// random.c
uint64_t next_random(struct trial *t);
long between(struct trial *t, long least, long most);
int one_in(struct trial *t, long n);
/// A number in [-1, 1).
float number(struct trial *t);
/// 1 to `most`: often small, often at or next to a multiple of a block.
long extent(struct trial *t, long most);
/// `count` numbers around `middle`.
float *numbers(struct trial *t, long count, float middle);
/// Multiply-accumulates that a case may take: mostly few.
double budget(struct trial *t);

// memory.c
/// Plain memory until the trial's end.
void *plain(struct trial *t, size_t bytes);
/// Guarded floats, all of them NaN. `offset` floats from a cache line's start.
float *take(struct trial *t, const char *name, long count, long offset);
/// The same, holding what must not change.
float *take_input(struct trial *t, const char *name, const float *from, long count, long offset);
/// The same of another type: `offset` elements from a cache line's start.
void *take_elements(struct trial *t, const char *name, ek_element element, const float *from, long count, long offset);
/// As `take`, for elements of another type.
void *take_narrow(struct trial *t, const char *name, ek_element element, long count, long offset);
/// Channel-major planes as a map, with large numbers in the padding lanes; null for null.
float *take_map(struct trial *t, const char *name, const float *planes, long channels, long pixels);
/// Numbers per channel padded to whole blocks likewise; null for null.
float *take_channels(struct trial *t, const char *name, const float *from, long channels);
/// Declares a buffer's present contents to be input.
void settle(struct trial *t, const void *data);
/// Fails where a guard or an input was changed.
void verify(struct trial *t);
/// Gives back the buffers taken since there were `used` of them.
void release(struct trial *t, int used);
void end_trial(struct trial *t);
long padded(const struct trial *t, long channels);

// compare.c
/// Fails where got is farther from want than allowed. NaN must be NaN; where NaN is what is allowed, anything will do.
void compare(struct trial *t, const char *what, const float *got, long count, const double *want,
             const double *allowed);
/// The same of a map against planes; its padding lanes must be finite where `finite` is set.
void compare_map(struct trial *t, const char *what, const float *map, long channels, long pixels, const double *want,
                 const double *allowed, int finite);
/// A map's channels as planes, in plain memory.
float *planes_of(struct trial *t, const float *map, long channels, long pixels);
int same_bits(const float *a, const float *b, long count);
/// Fails where a team's result is not one thread's, bit by bit: what training computes may not depend on a team's size.
void check_alike(struct trial *t, const float *alone, const float *team, long count);

// functions.c
enum { FUNCTIONS = EK_ROUND + 1 };
/// A function with numbers that suit it.
ek_activation draw_function(struct trial *t, ek_function function);
/// One of those that follow sums in networks; often none.
ek_activation draw_activation(struct trial *t);
extern const ek_activation no_activation;
double function_value(const ek_activation *f, double x);
/// How far f(x) may be off where x is off by `off`.
double function_allowance(const ek_activation *f, double x, double off);
const char *function_name(ek_function f);

// counted.c
int run_counted(const char *name, const ek_kernels *kernels);

/// A family draws a case from `t`, computes it and lets every chosen set compute it.
struct family {
  const char *name;
  void (*run)(struct trial *t);
};

/// For every chosen set: sets t->set, t->kernels and t->tally. Ends with 0.
int next_set(struct trial *t);
/// A larger team's size for this trial.
long draw_team(struct trial *t);

void check_convolution(struct trial *t);
void check_winograd(struct trial *t);
void check_depthwise(struct trial *t);
void check_linear(struct trial *t);
void check_multiplication(struct trial *t);
void check_pooling(struct trial *t);
void check_global_pooling(struct trial *t);
void check_binary(struct trial *t);
void check_unary(struct trial *t);
void check_scaling(struct trial *t);
void check_response(struct trial *t);
void check_layer(struct trial *t);
void check_softmax(struct trial *t);
void check_layout(struct trial *t);
void check_strided(struct trial *t);
void check_narrow(struct trial *t);
void check_statistics(struct trial *t);
void check_normalization_gradients(struct trial *t);
void check_weight_gradient(struct trial *t);
void check_spread(struct trial *t);
void check_function_gradients(struct trial *t);
void check_pooling_gradients(struct trial *t);
void check_global_pooling_gradients(struct trial *t);
void check_layer_gradients(struct trial *t);
void check_softmax_gradients(struct trial *t);
void check_channel_sums(struct trial *t);
void check_row_sums(struct trial *t);
void check_moves(struct trial *t);
void check_updates(struct trial *t);
void check_mixtures(struct trial *t);
void check_dropout(struct trial *t);
void check_programs(struct trial *t);
