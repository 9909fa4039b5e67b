#include "CKernels.h"
int ek_version(void) { return 1; }
