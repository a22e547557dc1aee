#ifndef FEDSIM_CSECUREAGGREGATION_H
#define FEDSIM_CSECUREAGGREGATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The inner loops of secure aggregation. */

/* What becomes of the keystream: it replaces the bytes, or is added to or subtracted from them as
 * words of 32 or 64 bits. */
typedef enum {
  KEYSTREAM_STORE,
  KEYSTREAM_ADD_32,
  KEYSTREAM_SUBTRACT_32,
  KEYSTREAM_ADD_64,
  KEYSTREAM_SUBTRACT_64
} keystream_use;

/* AES-128 in counter mode (NIST SP 800-38A) from the 128-bit big-endian counter block high, low on:
 * `count` bytes of keystream are combined with `bytes`, in one pass, so that nothing is written
 * between the cipher and the vector. Whole words only, where words are added.
 *
 * Uses the processor's AES instructions where it has them. */
void keystream_apply(const uint8_t key[16], uint64_t high, uint64_t low, void *bytes, size_t count,
                     keystream_use use);

/* The same without AES instructions: for every other processor, slowly and from tables, so not in
 * constant time. */
void keystream_apply_portable(const uint8_t key[16], uint64_t high, uint64_t low, void *bytes,
                              size_t count, keystream_use use);

/* Overwrites bytes with zeros, also when nobody reads them again. */
void secure_wipe(void *bytes, size_t count);

/* What `quantize` made of an update. */
typedef struct {
  size_t clipped; /* values beyond the bound */
  bool is_finite; /* false when a value was not finite: the words then mean nothing */
} quantize_result;

/* words[i] = round(scale * clamp(factor * values[i], bound) + dither[i]) modulo 2^32 or 2^64, to the
 * nearest integer, with dither = (random[i] + 1/2) / 2^32 in (-1/2, 1/2). Results are below 2^51. */
quantize_result quantize_32(const float *values, const int32_t *random, size_t count, double factor,
                            double bound, double scale, uint32_t *words);
quantize_result quantize_64(const float *values, const int32_t *random, size_t count, double factor,
                            double bound, double scale, uint64_t *words);

#endif
