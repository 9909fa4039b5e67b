// The innermost part of a convolution: a tile of output pixels x output blocks stays in registers while all taps and
// input channels of a chunk are added up.

/// What a tile computes. Strides are in floats.
struct tile {
  const float *input; // first pixel's first tap, first input block of the chunk
  long input_row;     // from one output row's input to the next's
  long input_block;   // from one input block to the next
  long inputs, last_lanes;
  const long *taps; // where each tap lies, from the first
  long tap_count;
  const float *weights;
  const float *bias; // null: go on from what the chunks before left in the output
  float *output;
  const float *residual; // null, or laid out as the output
  long output_row, output_block;
  int last; // the last chunk: add the residual and clamp
  float minimum, maximum;
};

typedef void tile_function(const struct tile *);

/// `rows` x `columns` pixels by `width` blocks. Small tiles keep `sets` of partial sums, to hide the latency of sums.
INLINE void compute_tile(const struct tile *t, const int rows, const int columns, const int width, const int sets) {
  const int pixels = rows * columns;
  vec sum[28]; // sets * pixels * width at most
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int p = 0; p < columns; p++)
      UNROLL for (int v = 0; v < width; v++)
        sum[(r * columns + p) * width + v] =
            t->bias ? load(t->bias + v * B) : load(t->output + r * t->output_row + v * t->output_block + p * B);
  UNROLL for (int i = pixels * width; i < sets * pixels * width; i++) sum[i] = (vec)0.0f;

  const float *w = t->weights;
  for (long i = 0; i < t->inputs; i++) {
    const float *block = t->input + i * t->input_block;
    const long lanes = i == t->inputs - 1 ? t->last_lanes : B;
    for (long tap = 0; tap < t->tap_count; tap++) {
      const float *from = block + t->taps[tap];
      long lane = 0;
      for (; lane + sets <= lanes; lane += sets) {
        UNROLL for (int s = 0; s < sets; s++) {
          vec factor[WIDEST];
          UNROLL for (int v = 0; v < width; v++) factor[v] = load(w + (s * width + v) * B);
          UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int p = 0; p < columns; p++) {
              const vec x = (vec)(from[r * t->input_row + p * B + s]);
              UNROLL for (int v = 0; v < width; v++)
                sum[(s * pixels + r * columns + p) * width + v] += x * factor[v];
            }
        }
        w += sets * width * B;
        from += sets;
      }
      if (sets > 1)
        for (; lane < lanes; lane++, w += width * B, from++)
          UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int p = 0; p < columns; p++) {
              const vec x = (vec)(from[r * t->input_row + p * B]);
              UNROLL for (int v = 0; v < width; v++) sum[(r * columns + p) * width + v] += x * load(w + v * B);
            }
    }
  }

  UNROLL for (int s = 1; s < sets; s++)
    UNROLL for (int i = 0; i < pixels * width; i++) sum[i] += sum[s * pixels * width + i];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int p = 0; p < columns; p++)
      UNROLL for (int v = 0; v < width; v++) {
        const long at = r * t->output_row + v * t->output_block + p * B;
        vec result = sum[(r * columns + p) * width + v];
        if (t->last) {
          if (t->residual) result += load(t->residual + at);
          result = clamped_lanes(result, t->minimum, t->maximum);
        }
        store(t->output + at, result);
      }
}

/// Partial sums that fill eight registers or so, as far as the tile leaves room for them.
#define SETS(vectors) ((vectors) * REGISTERS > 4 ? 1 : (vectors) * REGISTERS > 2 ? 2 : 4)
#define TILE(rows, columns, width)                                                                                     \
  static void tile_##rows##x##columns##x##width(const struct tile *t) {                                                \
    compute_tile(t, rows, columns, width, SETS((rows) * (columns) * (width)));                                         \
  }
#define TILES(width)                                                                                                   \
  TILE(1, 1, width) TILE(1, 2, width) TILE(1, 3, width) TILE(1, 4, width) TILE(1, 5, width) TILE(1, 6, width)          \
  TILE(2, 1, width) TILE(2, 2, width) TILE(2, 3, width) TILE(4, 1, width)
#define TILES_TO_8(width) TILE(1, 7, width) TILE(1, 8, width) TILE(2, 4, width) TILE(4, 2, width)
#define TILES_TO_12(width)                                                                                             \
  TILE(1, 9, width) TILE(1, 10, width) TILE(1, 11, width) TILE(1, 12, width) TILE(2, 5, width) TILE(2, 6, width)       \
  TILE(4, 3, width)
#define TILES_TO_14(width) TILE(1, 13, width) TILE(1, 14, width) TILE(2, 7, width)

#define NAMES(width)                                                                                                   \
  [1][1] = tile_1x1x##width, [1][2] = tile_1x2x##width, [1][3] = tile_1x3x##width, [1][4] = tile_1x4x##width,          \
  [1][5] = tile_1x5x##width, [1][6] = tile_1x6x##width, [2][1] = tile_2x1x##width, [2][2] = tile_2x2x##width,          \
  [2][3] = tile_2x3x##width, [4][1] = tile_4x1x##width
#define NAMES_TO_8(width)                                                                                              \
  [1][7] = tile_1x7x##width, [1][8] = tile_1x8x##width, [2][4] = tile_2x4x##width, [4][2] = tile_4x2x##width
#define NAMES_TO_12(width)                                                                                             \
  [1][9] = tile_1x9x##width, [1][10] = tile_1x10x##width, [1][11] = tile_1x11x##width, [1][12] = tile_1x12x##width,    \
  [2][5] = tile_2x5x##width, [2][6] = tile_2x6x##width, [4][3] = tile_4x3x##width
#define NAMES_TO_14(width) [1][13] = tile_1x13x##width, [1][14] = tile_1x14x##width, [2][7] = tile_2x7x##width

TILES(1)
#if PIXELS_1 >= 8
TILES_TO_8(1)
#endif
#if PIXELS_1 >= 12
TILES_TO_12(1)
#endif
#if PIXELS_1 >= 14
TILES_TO_14(1)
#endif
#if WIDEST >= 2
TILES(2)
#if PIXELS_2 >= 14
TILES_TO_8(2)
TILES_TO_12(2)
TILES_TO_14(2)
#endif
#endif

/// Tiles by width - 1, rows (1, 2 or 4) and columns.
static tile_function *const tiles[WIDEST][5][15] = {
    {NAMES(1),
#if PIXELS_1 >= 8
     NAMES_TO_8(1),
#endif
#if PIXELS_1 >= 12
     NAMES_TO_12(1),
#endif
#if PIXELS_1 >= 14
     NAMES_TO_14(1),
#endif
    },
#if WIDEST >= 2
    {NAMES(2),
#if PIXELS_2 >= 14
     NAMES_TO_8(2), NAMES_TO_12(2), NAMES_TO_14(2),
#endif
    },
#endif
};

#undef SETS
#undef TILE
#undef TILES
#undef TILES_TO_8
#undef TILES_TO_12
#undef TILES_TO_14
#undef NAMES
#undef NAMES_TO_8
#undef NAMES_TO_12
#undef NAMES_TO_14
