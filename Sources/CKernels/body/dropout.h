// Numbers left out by chance. The chance is a number's own: its index and the key, mixed until every bit depends on
// all of them.

/// Mixes the bits of words (constants: Wellons, "Prospecting for hash functions", 2018).
#define MIXED(x)                                                                                                       \
  x ^= x >> 16;                                                                                                        \
  x *= 0x7feb352dU;                                                                                                    \
  x ^= x >> 15;                                                                                                        \
  x *= 0x846ca68bU;                                                                                                    \
  x ^= x >> 16;

INLINE unsigned mixed_word(unsigned x) {
  MIXED(x)
  return x;
}

INLINE word_bits mixed_words(word_bits x) {
  MIXED(x)
  return x;
}

#undef MIXED

/// Whether the numbers from the block at `index` (a multiple of the block) on stay: 24 bits less than `bound`.
INLINE ivec staying(unsigned first, unsigned second, long index, unsigned bound) {
#if B == 16
  const word_bits lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
  const word_bits lane = {0, 1, 2, 3, 4, 5, 6, 7};
#endif
  const word_bits low = lane + (unsigned)index;
  const word_bits chance = mixed_words(mixed_words(low ^ first) + (second ^ (unsigned)(index >> 32))) >> 8;
  return (ivec)chance < (ivec)((int)bound);
}

static void drop_out(const ek_dropout *d, const ek_team *team) {
  unsigned key[2];
  memcpy(key, d->key, sizeof key);
  // Either word of the key decides about both that the numbers meet.
  const unsigned first = mixed_word(key[0] + mixed_word(key[1] + 0x9e3779b9U));
  const unsigned second = mixed_word(key[1] + mixed_word(first + 0x9e3779b9U));
  const unsigned bound = (unsigned)(clamped(d->keep, 0, 1) * 16777216.0f + 0.5f);
  const float factor = d->keep > 0 ? 1 / d->keep : 0;
  const vec none = (vec)0.0f;
  long i, end;
  share_of_floats(team, d->count, &i, &end);
  for (; i + B <= end; i += B)
    store(d->output + i, staying(first, second, i, bound) ? load(d->input + i) * factor : none);
  const long rest = end - i;
  if (rest == 0) return;
  const vec x = load_some(d->input + i, rest) * factor;
  store_some(d->output + i, staying(first, second, i, bound) ? x : none, rest);
}
