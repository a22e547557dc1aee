#pragma once

// Compiled once for AVX2 with FMA and once for every x86-64; the loader picks.
#if defined(__x86_64__) && defined(__ELF__)
#define KERNEL_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define KERNEL_CLONES
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
