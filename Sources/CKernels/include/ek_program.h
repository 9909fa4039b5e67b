#pragma once
// Kernels one after the other, carried out by a pool of threads. Included by CKernels.h.

typedef enum ek_kernel {
  EK_CONVOLVE,
  EK_LINEAR,
  EK_MULTIPLY_MATRICES,
  EK_POOL,
  EK_POOL_GLOBALLY,
  EK_FROM_PLANES,
  EK_TO_PLANES,
  EK_BINARY,
  EK_UNARY,
  EK_SCALE,
  EK_NORMALIZE_RESPONSE,
  EK_NORMALIZE_LAYER,
  EK_SOFTMAX,
  EK_COPY,
  EK_MULTIPLY_ADD,
  EK_READ_MEMORY,
  EK_GRADIENT_BY_WEIGHTS,
  EK_TURN_FILTERS,
  EK_PACK,
  EK_SPREAD,
  EK_MOMENTS,
  EK_JOIN_MOMENTS,
  EK_NORMALIZATION_SUMS,
  EK_JOIN_NORMALIZATION_SUMS,
  EK_GRADIENT_BY_NORMALIZATION,
  EK_GRADIENT_BY_FUNCTION,
  EK_GRADIENT_BY_POOL,
  EK_GRADIENT_BY_GLOBAL_POOL,
  EK_GRADIENT_BY_SOFTMAX,
  EK_GRADIENT_BY_LAYER_NORMALIZATION,
  EK_CHANNEL_SUMS,
  EK_ROW_SUMS,
  EK_MOVE,
  EK_FILL,
  EK_MIX,
  EK_DROP_OUT,
  EK_UPDATE,
} ek_kernel;

/// One call.
typedef struct ek_step {
  ek_kernel kernel;
  union {
    ek_convolution convolution;
    ek_linear linear;
    ek_multiplication multiplication;
    ek_pooling pooling;
    ek_global_pooling global_pooling;
    ek_layout layout;
    ek_binary binary;
    ek_unary unary;
    ek_scaling scaling;
    ek_response_normalization response;
    ek_layer_normalization layer;
    ek_softmax softmax;
    ek_copy copy;
    ek_probe probe;
    ek_weight_gradient weight_gradient;
    ek_filter_turn filter_turn;
    ek_packing packing;
    ek_spreading spreading;
    ek_moments moments;
    ek_batch_statistics batch_statistics;
    ek_normalization_sums normalization_sums;
    ek_batch_gradient batch_gradient;
    ek_normalization_gradient normalization_gradient;
    ek_function_gradient function_gradient;
    ek_pooling_gradient pooling_gradient;
    ek_global_pooling_gradient global_pooling_gradient;
    ek_softmax_gradient softmax_gradient;
    ek_layer_normalization_gradient layer_gradient;
    ek_channel_sums channel_sums;
    ek_row_sums row_sums;
    ek_move move;
    ek_fill fill;
    ek_mix mix;
    ek_dropout dropout;
    ek_update update;
  } as;
} ek_step;

/// Threads that wait for work: the caller of `ek_pool_run` and `threads` - 1 more.
typedef struct ek_pool ek_pool;

/// A pool of 1 to 64 threads, or null where the system refuses. Where `processors` is not null, thread i is bound to
/// processor `processors[i]`: the caller, which is thread 0, too, until it destroys the pool.
ek_pool *ek_pool_create(long threads, const int *processors);
/// Ends the threads. Nobody may be in `ek_pool_run`.
void ek_pool_destroy(ek_pool *pool);
/// Carries out the steps in order, every thread its share of each. One caller at a time.
void ek_pool_run(ek_pool *pool, const ek_kernels *kernels, const ek_step *steps, long count);

/// The same by the pool, or where it is null by the caller alone.
void ek_run(ek_pool *pool, const ek_kernels *kernels, const ek_step *steps, long count);

/// The processors that the caller may run on, `most` at most; returns how many.
long ek_processors(int *list, long most);
