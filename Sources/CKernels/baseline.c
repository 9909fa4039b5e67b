#include "tables.h"

#include <math.h>
#include <string.h>

#define B 8
#define TABLE ek_baseline
#include "body/kernels.h"
