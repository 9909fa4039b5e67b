// The innermost part of a Winograd convolution: at one position, sums of some tiles x one or two output blocks stay in
// registers while the input channels of a chunk are added up.

struct product {
  const float *input; // the first tile's first block, B floats a tile
  long input_block;   // floats from one input block to the next
  long inputs, last_lanes;
  const float *next_input; // what will be multiplied next
  const float *weights; // input channel, output channel
  float *sums;          // tile, output channel
  int adds;             // go on from what the chunks before left in the sums
};

typedef void product_function(const struct product *);

/// As in a direct convolution's tile, few sums keep `sets` of partial ones.
INLINE void multiply_tiles(const struct product *p, const int tiles, const int width, const int sets) {
  vec sum[28];
  UNROLL for (int i = 0; i < tiles * width; i++) sum[i] = p->adds ? load(p->sums + i * B) : (vec)0.0f;
  UNROLL for (int i = tiles * width; i < sets * tiles * width; i++) sum[i] = (vec)0.0f;

  const float *w = p->weights;
  for (long i = 0; i < p->inputs; i++) {
    const float *from = p->input + i * p->input_block;
    const float *next = p->next_input + i * p->input_block;
    const long lanes = i == p->inputs - 1 ? p->last_lanes : B;
    UNROLL for (int t = 0; t < tiles; t++) __builtin_prefetch(next + t * B);
    long lane = 0;
#if defined(__aarch64__)
    if (sets == 1)
      for (; lane + 4 <= lanes; lane += 4, w += 4 * width * B, from += 4) {
        quad x[8]; // tiles at most
        UNROLL for (int t = 0; t < tiles; t++) x[t] = *(const quad *)(from + t * B);
        UNROLL for (int s = 0; s < 4; s++)
          UNROLL for (int v = 0; v < width; v++) {
            const vec factor = load(w + (s * width + v) * B);
            UNROLL for (int t = 0; t < tiles; t++) sum[t * width + v] += (vec)(x[t][s]) * factor;
          }
      }
#endif
    for (; lane + sets <= lanes; lane += sets) {
      UNROLL for (int s = 0; s < sets; s++) {
        vec factor[WIDEST];
        UNROLL for (int v = 0; v < width; v++) factor[v] = load(w + (s * width + v) * B);
        UNROLL for (int t = 0; t < tiles; t++) {
          const vec x = (vec)(from[t * B + s]);
          UNROLL for (int v = 0; v < width; v++) sum[(s * tiles + t) * width + v] += x * factor[v];
        }
      }
      w += sets * width * B;
      from += sets;
    }
    if (sets > 1)
      for (; lane < lanes; lane++, w += width * B, from++)
        UNROLL for (int t = 0; t < tiles; t++) {
          const vec x = (vec)(from[t * B]);
          UNROLL for (int v = 0; v < width; v++) sum[t * width + v] += x * load(w + v * B);
        }
  }

  UNROLL for (int s = 1; s < sets; s++)
    UNROLL for (int i = 0; i < tiles * width; i++) sum[i] += sum[s * tiles * width + i];
  UNROLL for (int i = 0; i < tiles * width; i++) store(p->sums + i * B, sum[i]);
}

/// Partial sums that fill eight registers or so; sixteen where there are 32.
#define SETS(vectors)                                                                                                  \
  ((vectors) * REGISTERS > 8 ? 1 : (vectors) * REGISTERS > 4 ? (B == 16 ? 2 : 1) : (vectors) * REGISTERS > 2 ? 2 : 4)
#define PRODUCT(tiles, width)                                                                                          \
  static void product_##tiles##x##width(const struct product *p) {                                                     \
    multiply_tiles(p, tiles, width, SETS((tiles) * (width)));                                                          \
  }
#define NAME(tiles, width) [tiles] = product_##tiles##x##width

PRODUCT(1, 1) PRODUCT(2, 1) PRODUCT(3, 1) PRODUCT(4, 1) PRODUCT(5, 1) PRODUCT(6, 1)
#if PIXELS_1 >= 8
PRODUCT(7, 1) PRODUCT(8, 1)
#endif
#if PIXELS_1 >= 12
PRODUCT(9, 1) PRODUCT(10, 1) PRODUCT(11, 1) PRODUCT(12, 1)
#endif
#if PIXELS_1 >= 14
PRODUCT(13, 1) PRODUCT(14, 1)
#endif
#if WIDEST >= 2
PRODUCT(1, 2) PRODUCT(2, 2) PRODUCT(3, 2) PRODUCT(4, 2) PRODUCT(5, 2) PRODUCT(6, 2)
#if PIXELS_2 >= 14
PRODUCT(7, 2) PRODUCT(8, 2) PRODUCT(9, 2) PRODUCT(10, 2) PRODUCT(11, 2) PRODUCT(12, 2) PRODUCT(13, 2) PRODUCT(14, 2)
#endif
#endif

/// By width - 1 and tiles.
static product_function *const products[WIDEST][15] = {
    {NAME(1, 1), NAME(2, 1), NAME(3, 1), NAME(4, 1), NAME(5, 1), NAME(6, 1),
#if PIXELS_1 >= 8
     NAME(7, 1), NAME(8, 1),
#endif
#if PIXELS_1 >= 12
     NAME(9, 1), NAME(10, 1), NAME(11, 1), NAME(12, 1),
#endif
#if PIXELS_1 >= 14
     NAME(13, 1), NAME(14, 1),
#endif
    },
#if WIDEST >= 2
    {NAME(1, 2), NAME(2, 2), NAME(3, 2), NAME(4, 2), NAME(5, 2), NAME(6, 2),
#if PIXELS_2 >= 14
     NAME(7, 2), NAME(8, 2), NAME(9, 2), NAME(10, 2), NAME(11, 2), NAME(12, 2), NAME(13, 2), NAME(14, 2),
#endif
    },
#endif
};

#undef PRODUCT
#undef NAME
#undef SETS
