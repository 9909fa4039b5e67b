#include "CKernels.h"

#include <stddef.h>
#include <string.h>

#include "program.h"

// Where each kernel's description has its pointers, as offsets in a step; 0 ends a list (a step begins with its kind).
#define AT(member, pointer) offsetof(ek_step, as.member.pointer)
static const unsigned short pointers[][EK_OPERANDS + 1] = {
    [EK_CONVOLVE] = {AT(convolution, weights), AT(convolution, transformed), AT(convolution, bias),
                     AT(convolution, input), AT(convolution, residual), AT(convolution, output),
                     AT(convolution, scratch)},
    [EK_LINEAR] = {AT(linear, x), AT(linear, w), AT(linear, bias), AT(linear, residual), AT(linear, y)},
    [EK_MULTIPLY_MATRICES] = {AT(multiplication, a), AT(multiplication, b), AT(multiplication, bias),
                              AT(multiplication, y), AT(multiplication, scratch)},
    [EK_POOL] = {AT(pooling, input), AT(pooling, output)},
    [EK_POOL_GLOBALLY] = {AT(global_pooling, input), AT(global_pooling, output)},
    [EK_FROM_PLANES] = {AT(layout, from), AT(layout, to)},
    [EK_TO_PLANES] = {AT(layout, from), AT(layout, to)},
    [EK_BINARY] = {AT(binary, a), AT(binary, b), AT(binary, output)},
    [EK_UNARY] = {AT(unary, input), AT(unary, output)},
    [EK_SCALE] = {AT(scaling, scale), AT(scaling, shift), AT(scaling, input), AT(scaling, output)},
    [EK_NORMALIZE_RESPONSE] = {AT(response, input), AT(response, output)},
    [EK_NORMALIZE_LAYER] = {AT(layer, scale), AT(layer, shift), AT(layer, input), AT(layer, output)},
    [EK_SOFTMAX] = {AT(softmax, input), AT(softmax, output)},
    [EK_COPY] = {AT(copy, from), AT(copy, to)},
    [EK_MULTIPLY_ADD] = {AT(probe, from), AT(probe, sink)},
    [EK_READ_MEMORY] = {AT(probe, from), AT(probe, sink)},
    [EK_GRADIENT_BY_WEIGHTS] = {AT(weight_gradient, input), AT(weight_gradient, gradient),
                                AT(weight_gradient, weights), AT(weight_gradient, scratch)},
    [EK_TURN_FILTERS] = {AT(filter_turn, from), AT(filter_turn, to)},
    [EK_PACK] = {AT(packing, from), AT(packing, to), AT(packing, transformed)},
    [EK_SPREAD] = {AT(spreading, input), AT(spreading, output)},
    [EK_MOMENTS] = {AT(moments, input), AT(moments, output)},
    [EK_JOIN_MOMENTS] = {AT(batch_statistics, moments), AT(batch_statistics, gamma), AT(batch_statistics, beta),
                         AT(batch_statistics, running_mean), AT(batch_statistics, running_variance),
                         AT(batch_statistics, mean), AT(batch_statistics, inverse), AT(batch_statistics, scale),
                         AT(batch_statistics, shift)},
    [EK_NORMALIZATION_SUMS] = {AT(normalization_sums, mean), AT(normalization_sums, inverse),
                               AT(normalization_sums, scale), AT(normalization_sums, shift),
                               AT(normalization_sums, input), AT(normalization_sums, gradient),
                               AT(normalization_sums, output)},
    [EK_JOIN_NORMALIZATION_SUMS] = {AT(batch_gradient, sums), AT(batch_gradient, mean), AT(batch_gradient, inverse),
                                    AT(batch_gradient, scale), AT(batch_gradient, gamma), AT(batch_gradient, beta),
                                    AT(batch_gradient, factors)},
    [EK_GRADIENT_BY_NORMALIZATION] = {AT(normalization_gradient, scale), AT(normalization_gradient, shift),
                                      AT(normalization_gradient, factors), AT(normalization_gradient, input),
                                      AT(normalization_gradient, gradient), AT(normalization_gradient, output)},
    [EK_GRADIENT_BY_FUNCTION] = {AT(function_gradient, input), AT(function_gradient, gradient),
                                 AT(function_gradient, output)},
    [EK_GRADIENT_BY_POOL] = {AT(pooling_gradient, pooling.input), AT(pooling_gradient, gradient),
                             AT(pooling_gradient, output)},
    [EK_GRADIENT_BY_GLOBAL_POOL] = {AT(global_pooling_gradient, pooling.input), AT(global_pooling_gradient, gradient),
                                    AT(global_pooling_gradient, output)},
    [EK_GRADIENT_BY_SOFTMAX] = {AT(softmax_gradient, result), AT(softmax_gradient, gradient),
                                AT(softmax_gradient, output)},
    [EK_GRADIENT_BY_LAYER_NORMALIZATION] = {AT(layer_gradient, normalization.scale),
                                            AT(layer_gradient, normalization.input), AT(layer_gradient, gradient),
                                            AT(layer_gradient, output), AT(layer_gradient, parameters)},
    [EK_CHANNEL_SUMS] = {AT(channel_sums, a), AT(channel_sums, b), AT(channel_sums, output)},
    [EK_ROW_SUMS] = {AT(row_sums, input), AT(row_sums, output)},
    [EK_MOVE] = {AT(move, from), AT(move, to)},
    [EK_FILL] = {AT(fill, to)},
    [EK_MIX] = {AT(mix, x), AT(mix, y), AT(mix, output)},
    [EK_DROP_OUT] = {AT(dropout, key), AT(dropout, input), AT(dropout, output)},
    [EK_UPDATE] = {AT(update, weights), AT(update, gradient), AT(update, first), AT(update, second),
                   AT(update, average)},
};
#undef AT

/// The step with its operands for a sample, as the member finds them.
static ek_step placed(const ek_batch_step *step, long sample, long member) {
  ek_step result = step->step;
  const unsigned short *at = pointers[result.kernel];
  for (const ek_operand *o = step->operands; *at; at++, o++) {
    float *place = o->base ? o->base + sample * o->sample + member * o->member : NULL;
    memcpy((char *)&result + *at, &place, sizeof place);
  }
  return result;
}

struct batch {
  const ek_kernels *kernels;
  const ek_batch_step *steps;
  const ek_phase *phases;
  long count, samples;
};

static void carry_out_phase(const struct batch *b, const ek_phase *phase, const ek_team *team) {
  const ek_batch_step *steps = b->steps + phase->first;
  const long count = phase->count;
  long first, end;
  switch (phase->sharing) {
  case EK_BY_SAMPLE:
    ek_share(team, b->samples, &first, &end);
    for (long sample = first; sample < end; sample++)
      for (long i = 0; i < count; i++) {
        const ek_step step = placed(steps + i, sample, team->index);
        ek_carry_out_one(b->kernels, &step, &ek_alone);
      }
    break;
  case EK_TOGETHER:
    for (long i = 0; i < count; i++) {
      const ek_step step = placed(steps + i, 0, 0);
      ek_carry_out_one(b->kernels, &step, team);
      ek_wait(team);
    }
    return;
  case EK_BY_STEP:
    for (long i = team->index; i < count; i += team->count) {
      const ek_step step = placed(steps + i, 0, team->index);
      ek_carry_out_one(b->kernels, &step, &ek_alone);
    }
    break;
  }
  ek_wait(team);
}

static void carry_out_phases(const void *context, const ek_team *team) {
  // A copy: after the last wait the caller may be gone, and what it gave with it.
  const struct batch b = *(const struct batch *)context;
  for (long i = 0; i < b.count; i++) carry_out_phase(&b, b.phases + i, team);
}

void ek_run_batch(ek_pool *pool, const ek_kernels *kernels, const ek_batch_step *steps, const ek_phase *phases,
                  long count, long samples) {
  if (count == 0) return;
  const struct batch batch = {kernels, steps, phases, count, samples};
  if (pool)
    ek_pool_do(pool, carry_out_phases, &batch);
  else
    carry_out_phases(&batch, &ek_alone);
}
