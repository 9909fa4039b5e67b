#define _GNU_SOURCE
#include <sched.h>

#include "CKernels.h"

long ek_processors(int *list, long most) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  long count = 0;
  for (int processor = 0; processor < CPU_SETSIZE && count < most; processor++)
    if (CPU_ISSET(processor, &set)) list[count++] = processor;
  return count;
}
