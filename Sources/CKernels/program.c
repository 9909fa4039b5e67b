#include "CKernels.h"

#include <string.h>

#include "program.h"

static void copy(const ek_copy *c, const ek_team *team) {
  long first, end;
  ek_share(team, c->count, &first, &end);
  memcpy(c->to + first, c->from + first, (unsigned long)(end - first) * sizeof(float));
}

static void carry_out(const ek_kernels *kernels, const ek_step *step, const ek_team *team) {
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
  }
}

void ek_carry_out(const ek_kernels *kernels, const ek_step *steps, long count, const ek_team *team) {
  for (long i = 0; i < count; i++) {
    carry_out(kernels, steps + i, team);
    // What one step writes the next one reads, whichever member wrote it.
    ek_wait(team);
  }
}

void ek_run(ek_pool *pool, const ek_kernels *kernels, const ek_step *steps, long count) {
  if (pool)
    ek_pool_run(pool, kernels, steps, count);
  else
    ek_carry_out(kernels, steps, count, &ek_alone);
}
