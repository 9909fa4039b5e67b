#pragma once
// The threads that carry out the same calls together.

typedef struct ek_barrier ek_barrier;

/// One of them: number `index` of `count`.
typedef struct ek_team {
  long index, count;
  ek_barrier *barrier;
} ek_team;

/// The caller by itself.
extern const ek_team ek_alone;

/// Returns when every member of the team has come here; what they wrote before is seen after.
void ek_wait(const ek_team *team);

/// A member's share of `units` equal pieces of work: [first, end).
static inline void ek_share(const ek_team *team, long units, long *first, long *end) {
  *first = units * team->index / team->count;
  *end = units * (team->index + 1) / team->count;
}
