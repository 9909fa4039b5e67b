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

// The machine's IPv4 addresses, in the host's byte order; their number, at most `capacity`, or -1. By ioctl and not by
// getifaddrs, which needs netlink sockets, and a service is better off without the right to these.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
static inline int em_ipv4_addresses(unsigned int *addresses, int capacity) {
  struct ifreq requests[64];
  struct ifconf configuration;
  memset(&configuration, 0, sizeof configuration);
  configuration.ifc_len = sizeof requests;
  configuration.ifc_req = requests;
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int code = ioctl(descriptor, SIOCGIFCONF, &configuration);
  close(descriptor);
  if (code != 0) return -1;
  int found = configuration.ifc_len / (int)sizeof requests[0], count = 0;
  for (int index = 0; index < found && index < 64 && count < capacity; ++index) {
    struct sockaddr_in address;
    memcpy(&address, &requests[index].ifr_addr, sizeof address);
    if (address.sin_family == AF_INET) addresses[count++] = ntohl(address.sin_addr.s_addr);
  }
  return count;
}
