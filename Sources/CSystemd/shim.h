#pragma once
// Where in our sources an entry was made is nobody's business but ours: MESSAGE_ID says what it is.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/uio.h>
#include <systemd/sd-journal.h>
