#pragma once
// The arithmetic of edgemesh, in C with vector types; the instruction set is chosen at run time.
int ek_version(void);
