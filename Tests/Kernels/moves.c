// Numbers from one arrangement to another.
#include "check.h"

enum { AXES = EK_MOVE_AXES };

/// Steps of an arrangement of the axes in a random order, some of them backwards and with gaps, some repeated (0).
/// Returns its size; the offset is where index 0 is.
static long draw_steps(struct trial *t, const long *extents, int repeats, long *steps, long *offset) {
  int order[AXES];
  for (int i = 0; i < AXES; i++) order[i] = i;
  if (!one_in(t, 3))
    for (int i = AXES - 1; i > 0; i--) {
      const int j = (int)between(t, 0, i), kept = order[i];
      order[i] = order[j], order[j] = kept;
    }
  long size = one_in(t, 6) ? between(t, 1, 4) : 1, first = 0;
  for (int i = AXES - 1; i >= 0; i--) {
    const int axis = order[i];
    steps[axis] = 0;
    if (repeats && one_in(t, 3)) continue;
    steps[axis] = size;
    size *= extents[axis];
    if (one_in(t, 6)) {
      first += (extents[axis] - 1) * steps[axis];
      steps[axis] = -steps[axis];
    }
    if (one_in(t, 10)) size += between(t, 1, 9);
  }
  *offset = first;
  return size;
}

void check_moves(struct trial *t) {
  ek_move m = {.adds = one_in(t, 2), .scale = one_in(t, 2) ? 1 : number(t)};
  const long team = draw_team(t), most = t->is_small ? 3000 : one_in(t, 30) ? 200000 : 12000;
  long count = 1;
  for (int i = 0; i < AXES; i++) m.extents[i] = 1;
  for (long used = between(t, 0, AXES); used > 0; used--) {
    const long e = extent(t, one_in(t, 4) ? 3000 : 40);
    if (count * e > most) continue;
    m.extents[between(t, 0, AXES - 1)] = e;
    count = 1;
    for (int i = 0; i < AXES; i++) count *= m.extents[i];
  }
  if (one_in(t, 100)) m.extents[between(t, 0, AXES - 1)] = 0, count = 0;
  const long from_size = draw_steps(t, m.extents, one_in(t, 3), m.from_steps, &m.from_offset);
  const long to_size = draw_steps(t, m.extents, m.adds && one_in(t, 2), m.to_steps, &m.to_offset);
  if (count == 0) m.from_offset = m.to_offset = 0;
  // Places that overlap, as those of windows do: the axis written farthest apart goes half as far.
  if (m.adds && one_in(t, 5)) {
    int farthest = 0;
    for (int i = 0; i < AXES; i++)
      if (labs(m.to_steps[i]) > labs(m.to_steps[farthest])) farthest = i;
    if (m.to_steps[farthest] > 0) m.to_steps[farthest] = (m.to_steps[farthest] + 1) / 2;
  }
  const float *from = numbers(t, from_size, 0), *start = numbers(t, to_size, 0);
  double *want = plain(t, (size_t)to_size * sizeof(double)), *allowed = plain(t, (size_t)to_size * sizeof(double));
  // What nobody writes stays.
  for (long i = 0; i < to_size; i++) want[i] = start[i], allowed[i] = 0;
  for (long i = 0; i < count; i++) {
    long rest = i, a = m.from_offset, b = m.to_offset;
    for (int axis = AXES - 1; axis >= 0; axis--) {
      const long index = rest % m.extents[axis];
      rest /= m.extents[axis];
      a += index * m.from_steps[axis], b += index * m.to_steps[axis];
    }
    const double x = (double)m.scale * from[a];
    want[b] = m.adds ? want[b] + x : x;
    // Sums of many err by a part of what was summed up.
    allowed[b] = m.adds ? allowed[b] + 1e-6 * fabs(x) + 2e-7 * fabs(want[b]) : 6.1e-8 * fabs(x) + 1e-38;
  }
  int length = snprintf(t->shape, sizeof t->shape, "%s, scale %g", m.adds ? "added" : "moved", m.scale);
  for (int i = 0; i < AXES; i++)
    if (m.extents[i] != 1)
      length += snprintf(t->shape + length, sizeof t->shape - (size_t)length, ", %ld (%ld to %ld)", m.extents[i],
                         m.from_steps[i], m.to_steps[i]);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_MOVE, .as.move = m};
    step.as.move.from = take_input(t, "from", from, from_size, 0);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *to = step.as.move.to = take(t, "to", to_size, 0);
      memcpy(to, start, (size_t)to_size * sizeof(float));
      carry_out(t, round ? team : 1, &step, 1);
      compare(t, "to", to, to_size, want, allowed);
      verify(t);
      if (round) check_alike(t, alone, to, to_size);
      alone = to;
    }
    release(t, 0);
  }
}
