// What Linux has beyond the C library's module: descriptors for events and signals, and calls that glibc declares for
// _GNU_SOURCE only, which a module's importer cannot define.
#pragma once
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <time.h>

extern int ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int fallocate(int descriptor, int mode, off_t offset, off_t length);

static const int EM_EFD_FLAGS = EFD_CLOEXEC | EFD_NONBLOCK;
static const int EM_SFD_FLAGS = SFD_CLOEXEC | SFD_NONBLOCK;

// prctl is variadic, which Swift does not import.
#include <sys/prctl.h>
static inline int em_signal_on_parents_end(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }
