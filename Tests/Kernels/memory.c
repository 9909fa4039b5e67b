// Memory that shows what was done to it: everything a kernel touches ends at a page that nobody may touch, or a few
// bytes of a known pattern before it, and starts behind such a pattern. With AddressSanitizer its own guards take their
// place.
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_GUARDS 1
#endif
#endif

enum { FRONT = 256, PATTERN = 0xa7, LINE = 64 };

void *plain(struct trial *t, size_t bytes) {
  if (t->plain_used == MOST_PLAIN) abort();
  void *p = malloc(bytes + 1);
  if (!p) abort();
  return t->plain[t->plain_used++] = p;
}

#ifndef HAS_GUARDS
static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/// At least `bytes` before the forbidden page.
static void reserve(struct buffer *b, size_t bytes) {
  if (b->capacity >= bytes) return;
  if (b->base) munmap(b->base, b->capacity + page());
  size_t capacity = 1 << 16;
  while (capacity < bytes) capacity *= 2;
  b->base = mmap(NULL, capacity + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (b->base == MAP_FAILED || mprotect(b->base + capacity, page(), PROT_NONE) != 0) abort();
  b->capacity = capacity;
}
#endif

static void *take_bytes(struct trial *t, const char *name, size_t bytes, size_t offset) {
  if (t->used == MOST_BUFFERS) abort();
  struct buffer *b = t->buffers + t->used++;
  b->name = name;
  b->bytes = bytes;
  b->is_input = 0;
#ifdef HAS_GUARDS
  if (posix_memalign((void **)&b->base, LINE, offset + bytes + 1) != 0) abort();
  // The exact end is what is guarded, so the spare byte is for empty buffers only.
  if (bytes) {
    free(b->base);
    if (posix_memalign((void **)&b->base, LINE, offset + bytes) != 0) abort();
  }
  b->data = b->base + offset;
#else
  reserve(b, FRONT + LINE + bytes + offset + LINE);
  unsigned char *end = b->base + b->capacity;
  b->data = (unsigned char *)((uintptr_t)(end - bytes - offset) / LINE * LINE) + offset;
  memset(b->data - FRONT, PATTERN, FRONT);
  memset(b->data + bytes, PATTERN, (size_t)(end - (b->data + bytes)));
#endif
  // All ones is a NaN, as a float and as any of the narrow types.
  memset(b->data, 0xff, bytes);
  return b->data;
}

float *take(struct trial *t, const char *name, long count, long offset) {
  return take_bytes(t, name, (size_t)count * sizeof(float), (size_t)offset * sizeof(float));
}

static uint64_t sum_of(const struct buffer *b) {
  uint64_t sum = 14695981039346656037u;
  for (size_t i = 0; i < b->bytes; i += 4) {
    uint32_t word = 0;
    memcpy(&word, b->data + i, b->bytes - i < 4 ? b->bytes - i : 4);
    sum = (sum ^ word) * 1099511628211u;
  }
  return sum;
}

void settle(struct trial *t, const void *data) {
  for (int i = 0; i < t->used; i++)
    if (t->buffers[i].data == data) {
      t->buffers[i].is_input = 1;
      t->buffers[i].sum = sum_of(t->buffers + i);
    }
}

float *take_input(struct trial *t, const char *name, const float *from, long count, long offset) {
  if (!from) return NULL;
  float *to = take(t, name, count, offset);
  memcpy(to, from, (size_t)count * sizeof(float));
  settle(t, to);
  return to;
}

void *take_narrow(struct trial *t, const char *name, ek_element element, long count, long offset) {
  const size_t bytes = (size_t)ek_element_bytes(element);
  return take_bytes(t, name, (size_t)count * bytes, (size_t)offset * bytes);
}

void *take_elements(struct trial *t, const char *name, ek_element element, const float *from, long count,
                    long offset) {
  void *to = take_narrow(t, name, element, count, offset);
  ek_narrow(element, count, from, to);
  settle(t, to);
  return to;
}

long padded(const struct trial *t, long channels) {
  const long b = t->kernels->block;
  return (channels + b - 1) / b * b;
}

/// What stands in padding lanes: finite, and so large that no result survives to depend on it.
static float garbage(struct trial *t) { return number(t) * 1e15f; }

float *take_map(struct trial *t, const char *name, const float *planes, long channels, long pixels) {
  if (!planes) return NULL;
  const long b = t->kernels->block, all = padded(t, channels);
  float *map = take(t, name, all * pixels, 0);
  for (long c = 0; c < all; c++)
    for (long p = 0; p < pixels; p++)
      map[(c / b * pixels + p) * b + c % b] = c < channels ? planes[c * pixels + p] : garbage(t);
  settle(t, map);
  return map;
}

float *take_channels(struct trial *t, const char *name, const float *from, long channels) {
  return take_map(t, name, from, channels, 1);
}

void verify(struct trial *t) {
  for (int i = 0; i < t->used; i++) {
    const struct buffer *b = t->buffers + i;
#ifndef HAS_GUARDS
    for (const unsigned char *p = b->data - FRONT; p < b->data; p++)
      if (*p != PATTERN) {
        fail(t, "wrote %ld bytes before the %s", (long)(b->data - p), b->name);
        break;
      }
    for (const unsigned char *p = b->data + b->bytes; p < b->base + b->capacity; p++)
      if (*p != PATTERN) {
        fail(t, "wrote %ld bytes behind the %s", (long)(p - b->data - (long)b->bytes), b->name);
        break;
      }
#endif
    if (b->is_input && sum_of(b) != b->sum) fail(t, "changed the %s", b->name);
  }
}

void release(struct trial *t, int used) {
#ifdef HAS_GUARDS
  for (int i = used; i < t->used; i++) {
    free(t->buffers[i].base);
    t->buffers[i].base = NULL;
  }
#endif
  t->used = used;
}

void end_trial(struct trial *t) {
  release(t, 0);
  while (t->plain_used > 0) free(t->plain[--t->plain_used]);
}
