#pragma once

// Compiled once for AVX2 with FMA and once for every x86-64; the loader picks.
#if defined(__x86_64__) && defined(__ELF__)
#define KERNEL_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
// Compiled for AVX-512 alone: to be called where `kernel_uses_wide_vectors`. Without the width the
// compiler would cut vectors in two, as it does for the first processors that had them.
#define KERNEL_WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#else
#define KERNEL_CLONES
#define KERNEL_WIDE
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
