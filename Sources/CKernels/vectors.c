#include "CKernels.h"

#include <stdlib.h>
#include <string.h>

static int is_wide;

__attribute__((constructor)) static void choose_vectors(void) {
#if defined(__x86_64__) && defined(__ELF__)
  const char *bits = getenv("FEDSIM_VECTOR_BITS");
  __builtin_cpu_init();
  is_wide = __builtin_cpu_supports("x86-64-v4") && !(bits && strcmp(bits, "256") == 0);
#endif
}

int kernel_uses_wide_vectors(void) { return is_wide; }
