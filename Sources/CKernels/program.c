#include "CKernels.h"

#include <string.h>

#include "program.h"

static void copy(const ek_copy *c, const ek_team *team) {
  long first, end;
  ek_share(team, c->count, &first, &end);
  memcpy(c->to + first, c->from + first, (unsigned long)(end - first) * sizeof(float));
}

static void fill(const ek_fill *f, const ek_team *team) {
  long first, end;
  ek_share(team, f->count, &first, &end);
  for (long i = first; i < end; i++) f->to[i] = f->value;
}

static void turn_filters(const ek_filter_turn *t, const ek_team *team) {
  const long taps = t->kernel_height * t->kernel_width;
  const long channels = t->channels / t->groups, filters = t->out_channels / t->groups;
  long first, end;
  ek_share(team, t->channels, &first, &end);
  for (long c = first; c < end; c++) {
    const long group = c / channels, within = c % channels;
    for (long m = 0; m < filters; m++) {
      const float *from = t->from + ((group * filters + m) * channels + within) * taps;
      float *to = t->to + (c * filters + m) * taps;
      for (long i = 0; i < taps; i++) to[i] = from[taps - 1 - i];
    }
  }
}

static void pack(const ek_kernels *kernels, const ek_packing *p, const ek_team *team) {
  if (team->index == 0) kernels->pack(&p->convolution, p->from, p->to);
  if (!p->transformed) return;
  ek_convolution packed = p->convolution;
  packed.weights = p->to;
  ek_wait(team);
  kernels->transform(&packed, p->transformed, team);
}

void ek_carry_out_one(const ek_kernels *kernels, const ek_step *step, const ek_team *team) {
  switch (step->kernel) {
  case EK_CONVOLVE: kernels->convolve(&step->as.convolution, team); break;
  case EK_LINEAR: kernels->linear(&step->as.linear, team); break;
  case EK_MULTIPLY_MATRICES: kernels->multiply(&step->as.multiplication, team); break;
  case EK_POOL: kernels->pool(&step->as.pooling, team); break;
  case EK_POOL_GLOBALLY: kernels->pool_globally(&step->as.global_pooling, team); break;
  case EK_FROM_PLANES: kernels->from_planes(&step->as.layout, team); break;
  case EK_TO_PLANES: kernels->to_planes(&step->as.layout, team); break;
  case EK_BINARY: kernels->binary(&step->as.binary, team); break;
  case EK_UNARY: kernels->unary(&step->as.unary, team); break;
  case EK_SCALE: kernels->scale(&step->as.scaling, team); break;
  case EK_NORMALIZE_RESPONSE: kernels->normalize_response(&step->as.response, team); break;
  case EK_NORMALIZE_LAYER: kernels->normalize_layer(&step->as.layer, team); break;
  case EK_SOFTMAX: kernels->softmax(&step->as.softmax, team); break;
  case EK_COPY: copy(&step->as.copy, team); break;
  case EK_MULTIPLY_ADD: kernels->multiply_add(&step->as.probe, team); break;
  case EK_READ_MEMORY: kernels->read_memory(&step->as.probe, team); break;
  case EK_GRADIENT_BY_WEIGHTS: kernels->gradient_by_weights(&step->as.weight_gradient, team); break;
  case EK_TURN_FILTERS: turn_filters(&step->as.filter_turn, team); break;
  case EK_PACK: pack(kernels, &step->as.packing, team); break;
  case EK_SPREAD: kernels->spread(&step->as.spreading, team); break;
  case EK_MOMENTS: kernels->moments(&step->as.moments, team); break;
  case EK_JOIN_MOMENTS: kernels->join_moments(&step->as.batch_statistics, team); break;
  case EK_NORMALIZATION_SUMS: kernels->normalization_sums(&step->as.normalization_sums, team); break;
  case EK_JOIN_NORMALIZATION_SUMS: kernels->join_normalization_sums(&step->as.batch_gradient, team); break;
  case EK_GRADIENT_BY_NORMALIZATION: kernels->gradient_by_normalization(&step->as.normalization_gradient, team); break;
  case EK_GRADIENT_BY_FUNCTION: kernels->gradient_by_function(&step->as.function_gradient, team); break;
  case EK_GRADIENT_BY_POOL: kernels->gradient_by_pool(&step->as.pooling_gradient, team); break;
  case EK_GRADIENT_BY_GLOBAL_POOL: kernels->gradient_by_global_pool(&step->as.global_pooling_gradient, team); break;
  case EK_GRADIENT_BY_SOFTMAX: kernels->gradient_by_softmax(&step->as.softmax_gradient, team); break;
  case EK_GRADIENT_BY_LAYER_NORMALIZATION:
    kernels->gradient_by_layer_normalization(&step->as.layer_gradient, team);
    break;
  case EK_CHANNEL_SUMS: kernels->channel_sums(&step->as.channel_sums, team); break;
  case EK_ROW_SUMS: kernels->row_sums(&step->as.row_sums, team); break;
  case EK_MOVE: kernels->move(&step->as.move, team); break;
  case EK_FILL: fill(&step->as.fill, team); break;
  case EK_MIX: kernels->mix(&step->as.mix, team); break;
  case EK_DROP_OUT: kernels->drop_out(&step->as.dropout, team); break;
  case EK_UPDATE: kernels->update(&step->as.update, team); break;
  }
}

void ek_carry_out(const ek_kernels *kernels, const ek_step *steps, long count, const ek_team *team) {
  for (long i = 0; i < count; i++) {
    ek_carry_out_one(kernels, steps + i, team);
    // What one step writes the next one reads, whichever member wrote it.
    ek_wait(team);
  }
}

struct sequence {
  const ek_kernels *kernels;
  const ek_step *steps;
  long count;
};

static void carry_out_sequence(const void *context, const ek_team *team) {
  // By value: after the last wait the caller may be gone, and what it gave with it.
  const struct sequence s = *(const struct sequence *)context;
  ek_carry_out(s.kernels, s.steps, s.count, team);
}

void ek_pool_run(ek_pool *pool, const ek_kernels *kernels, const ek_step *steps, long count) {
  if (count == 0) return;
  const struct sequence sequence = {kernels, steps, count};
  ek_pool_do(pool, carry_out_sequence, &sequence);
}

void ek_run(ek_pool *pool, const ek_kernels *kernels, const ek_step *steps, long count) {
  if (pool)
    ek_pool_run(pool, kernels, steps, count);
  else
    ek_carry_out(kernels, steps, count, &ek_alone);
}
