#include "CSecureAggregation.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The same bits from every instruction set: no fused multiply and add. */
#pragma STDC FP_CONTRACT OFF

/* Compiled once for AVX2 and once for every x86-64; the loader picks. */
#if defined(__x86_64__) && defined(__ELF__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

/* Adding 1.5 * 2^52 leaves the nearest integer in the low bits of a double: unlike a conversion to
 * int64_t this compiles to vector instructions everywhere. */
static const double shift = 0x1.8p52;

/* Uniform in (-1/2, 1/2) and symmetric, the dither makes rounding to nearest go up with the
 * probability of the fraction, and leaves whole numbers alone. */
static inline __attribute__((always_inline)) uint64_t step(
    float number, int32_t random, double factor, double bound, double scale, int64_t *clipped,
    int64_t *broken) {
  double value = (double)number * factor;
  *broken += !(fabs(value) <= DBL_MAX);
  *clipped += fabs(value) > bound;
  value = value < bound ? value : bound;
  value = value > -bound ? value : -bound;
  double inside = value * scale;
  double dither = (double)random * 0x1p-32 + 0x1p-33;
  double rounded = inside + dither + shift;
  uint64_t bits, shift_bits;
  memcpy(&bits, &rounded, sizeof bits);
  memcpy(&shift_bits, &shift, sizeof bits);
  return bits - shift_bits;
}

#define QUANTIZE(name, word)                                                                     \
  CLONES quantize_result name(const float *values, const int32_t *random, size_t count,          \
                              double factor, double bound, double scale, word *words) {          \
    int64_t clipped = 0, broken = 0;                                                             \
    for (size_t i = 0; i < count; i++)                                                           \
      words[i] = (word)step(values[i], random[i], factor, bound, scale, &clipped, &broken);      \
    return (quantize_result){.clipped = (size_t)clipped, .is_finite = broken == 0};              \
  }

QUANTIZE(quantize_32, uint32_t)
QUANTIZE(quantize_64, uint64_t)
