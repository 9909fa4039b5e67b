// Numbers from one arrangement to another. The axes are put into an order that suits the memory, which the steps and
// extents alone decide: so sums are the same whoever makes them.

struct axis {
  long extent, from_step, to_step;
};

INLINE long magnitude(long x) { return x < 0 ? -x : x; }

INLINE int goes_before(struct axis a, struct axis b) {
  if (a.to_step != b.to_step) return a.to_step > b.to_step;
  return magnitude(a.from_step) > magnitude(b.from_step);
}

/// Axes of more than one place, written forwards, those written farthest apart first; two that are one in both
/// arrangements become one. Adds to the offsets what turning an axis takes. -1 where there are no places at all.
static long ordered_axes(const ek_move *m, struct axis *axes, long *from_offset, long *to_offset) {
  long count = 0;
  for (int i = 0; i < EK_MOVE_AXES; i++) {
    if (m->extents[i] <= 0) return -1;
    if (m->extents[i] == 1) continue;
    struct axis a = {m->extents[i], m->from_steps[i], m->to_steps[i]};
    if (a.to_step < 0 || (a.to_step == 0 && m->adds && a.from_step < 0)) {
      *from_offset += (a.extent - 1) * a.from_step, *to_offset += (a.extent - 1) * a.to_step;
      a.from_step = -a.from_step, a.to_step = -a.to_step;
    }
    long at = count++;
    for (; at > 0 && goes_before(a, axes[at - 1]); at--) axes[at] = axes[at - 1];
    axes[at] = a;
  }
  for (long i = 0; i + 1 < count;) {
    const struct axis inner = axes[i + 1];
    if (axes[i].from_step != inner.from_step * inner.extent || axes[i].to_step != inner.to_step * inner.extent) {
      i++;
      continue;
    }
    axes[i] = (struct axis){axes[i].extent * inner.extent, inner.from_step, inner.to_step};
    count--;
    for (long j = i + 1; j < count; j++) axes[j] = axes[j + 1];
  }
  return count;
}

/// How well an axis serves as the innermost one: whole blocks first, then what is written, then what is read in order.
static long suitability(struct axis a) {
  const long length = least(a.extent, 2 * B);
  const int reads = a.from_step == 1, writes = a.to_step <= 1;
  return length * (reads && writes ? 8 : writes ? 4 : reads ? 2 : 1);
}

/// The sum of a run's numbers, in an order that its length alone decides.
INLINE float sum_of_run(long count, const float *from, long step) {
  vec sum = (vec)0.0f, other = (vec)0.0f;
  long i = 0;
  if (step == 1) {
    for (; i + 2 * B <= count; i += 2 * B) {
      sum += load(from + i);
      other += load(from + i + B);
    }
    for (; i < count; i += B) sum += load_some(from + i, least(B, count - i));
    return sum_of_lanes(sum + other);
  }
  float part[4] = {0, 0, 0, 0};
  for (; i + 4 <= count; i += 4)
    UNROLL for (int j = 0; j < 4; j++) part[j] += from[(i + j) * step];
  for (; i < count; i++) part[0] += from[i * step];
  return (part[0] + part[1]) + (part[2] + part[3]);
}

INLINE void move_blocks(long count, const float *from, float *to, float scale, const int adds) {
  long i = 0;
  for (; i + B <= count; i += B) store(to + i, load(from + i) * scale + (adds ? load(to + i) : (vec)0.0f));
  const long rest = count - i;
  if (rest) store_some(to + i, load_some(from + i, rest) * scale + (adds ? load_some(to + i, rest) : (vec)0.0f), rest);
}

static void move_run(const ek_move *m, struct axis a, const float *from, float *to) {
  const float scale = m->scale;
  if (a.to_step == 0) {
    if (m->adds)
      *to += sum_of_run(a.extent, from, a.from_step) * scale;
    else
      *to = from[(a.extent - 1) * a.from_step] * scale;
  } else if (a.to_step == 1 && a.from_step == 1) {
    if (m->adds)
      move_blocks(a.extent, from, to, scale, 1);
    else if (scale == 1)
      memcpy(to, from, (unsigned long)a.extent * sizeof(float));
    else
      move_blocks(a.extent, from, to, scale, 0);
  } else if (m->adds) {
    for (long i = 0; i < a.extent; i++) to[i * a.to_step] += from[i * a.from_step] * scale;
  } else if (a.to_step == 1) {
    for (long i = 0; i < a.extent; i++) to[i] = from[i * a.from_step] * scale;
  } else {
    for (long i = 0; i < a.extent; i++) to[i * a.to_step] = from[i * a.from_step] * scale;
  }
}

/// Numbers of a run whose sums stay in the nearest cache.
#define NEAR 4096

/// All runs along the last axis.
static void move_axes(const ek_move *m, const struct axis *axes, long count, const float *from, float *to) {
  if (count == 1) {
    move_run(m, axes[0], from, to);
    return;
  }
  for (long i = 0; i < axes[0].extent; i++)
    move_axes(m, axes + 1, count - 1, from + i * axes[0].from_step, to + i * axes[0].to_step);
}

/// Whether different places along the first axis are different places in memory, whatever the other indices.
static int parts_places(const struct axis *axes, long count) {
  long reach = 0;
  for (long i = 1; i < count; i++) reach += (axes[i].extent - 1) * axes[i].to_step;
  return axes[0].to_step > reach;
}

static void move(const ek_move *m, const ek_team *team) {
  struct axis axes[EK_MOVE_AXES];
  long from_offset = m->from_offset, to_offset = m->to_offset;
  long count = ordered_axes(m, axes, &from_offset, &to_offset);
  if (count < 0) return;
  if (count == 0) axes[count++] = (struct axis){1, 1, 1};
  const float *from = m->from + from_offset;
  float *to = m->to + to_offset;
  // The members share the first axis; whoever gets nothing of it is done.
  long first = 0, end = axes[0].extent;
  if (!parts_places(axes, count)) {
    if (team->index != 0) return;
  } else if (count == 1) {
    share_of_floats(team, axes[0].extent, &first, &end);
  } else {
    ek_share(team, axes[0].extent, &first, &end);
  }
  if (first == end) return;
  from += first * axes[0].from_step, to += first * axes[0].to_step;

  long best = count - 1;
  for (long i = 0; i < count; i++)
    if (suitability(axes[i]) > suitability(axes[best])) best = i;
  axes[0].extent = end - first;
  const struct axis inner = axes[best];
  for (long i = best; i + 1 < count; i++) axes[i] = axes[i + 1];
  axes[count - 1] = inner;
  // Sums that go on for many runs stay near.
  const int is_long = m->adds && inner.to_step == 1 && count > 1;
  const long piece = is_long ? NEAR : axes[count - 1].extent, all = axes[count - 1].extent;
  for (long i = 0; i < all; i += piece) {
    axes[count - 1].extent = least(piece, all - i);
    move_axes(m, axes, count, from + i * inner.from_step, to + i * inner.to_step);
  }
}

#undef NEAR
