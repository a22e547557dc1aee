#include "CSecureAggregation.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

/* VEX forms of the AES instructions; checked at run time. */
#define AES __attribute__((target("aes,avx")))
#define INLINE_AES AES __attribute__((always_inline)) static inline

/* Blocks under way at a time: enough to hide the latency of one round behind the others. */
enum { LANES = 8, ROUNDS = 10, BLOCK = 16 };

INLINE_AES __m128i next_key(__m128i key, __m128i assist) {
  assist = _mm_shuffle_epi32(assist, 0xff);
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, assist);
}

#define NEXT(i, constant) keys[i] = next_key(keys[i - 1], _mm_aeskeygenassist_si128(keys[i - 1], constant))

INLINE_AES void expand(const uint8_t key[BLOCK], __m128i keys[ROUNDS + 1]) {
  keys[0] = _mm_loadu_si128((const __m128i *)key);
  NEXT(1, 0x01);
  NEXT(2, 0x02);
  NEXT(3, 0x04);
  NEXT(4, 0x08);
  NEXT(5, 0x10);
  NEXT(6, 0x20);
  NEXT(7, 0x40);
  NEXT(8, 0x80);
  NEXT(9, 0x1b);
  NEXT(10, 0x36);
}

/* The keystream of the eight counter blocks that begin with `counter`, a multiple of eight.
 *
 * `first` is the first round's key with the lane's number in the counter's last byte: the eight
 * blocks differ in its low three bits only. */
INLINE_AES void encrypt(const __m128i keys[ROUNDS + 1], const __m128i first[LANES], __m128i counter,
                        __m128i s[LANES]) {
  const __m128i reversed = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m128i block = _mm_shuffle_epi8(counter, reversed);
#pragma clang loop unroll(full)
  for (int lane = 0; lane < LANES; lane++) s[lane] = _mm_xor_si128(block, first[lane]);
#pragma clang loop unroll(full)
  for (int round = 1; round < ROUNDS; round++) {
    __m128i key = keys[round];
    for (int lane = 0; lane < LANES; lane++) s[lane] = _mm_aesenc_si128(s[lane], key);
    /* Keeps the rounds apart: left alone the compiler finishes one lane after the other. */
    __asm__(""
            : "+x"(s[0]), "+x"(s[1]), "+x"(s[2]), "+x"(s[3]), "+x"(s[4]), "+x"(s[5]), "+x"(s[6]),
              "+x"(s[7]));
  }
#pragma clang loop unroll(full)
  for (int lane = 0; lane < LANES; lane++) s[lane] = _mm_aesenclast_si128(s[lane], keys[ROUNDS]);
}

INLINE_AES __m128i combined(__m128i target, __m128i stream, keystream_use use) {
  switch (use) {
  case KEYSTREAM_STORE: return stream;
  case KEYSTREAM_ADD_32: return _mm_add_epi32(target, stream);
  case KEYSTREAM_SUBTRACT_32: return _mm_sub_epi32(target, stream);
  case KEYSTREAM_ADD_64: return _mm_add_epi64(target, stream);
  case KEYSTREAM_SUBTRACT_64: return _mm_sub_epi64(target, stream);
  }
  __builtin_unreachable();
}

INLINE_AES void combine(uint8_t *bytes, const __m128i stream[LANES], keystream_use use) {
#pragma clang loop unroll(full)
  for (int lane = 0; lane < LANES; lane++) {
    __m128i *target = (__m128i *)bytes + lane;
    _mm_storeu_si128(target, combined(_mm_loadu_si128(target), stream[lane], use));
  }
}

/* Inlined for every use, which then is a constant. */
INLINE_AES void apply(const uint8_t key[BLOCK], uint64_t high, uint64_t low, uint8_t *bytes,
                      size_t count, keystream_use use) {
  __m128i keys[ROUNDS + 1], first[LANES], stream[LANES];
  expand(key, keys);
  for (int lane = 0; lane < LANES; lane++)
    first[lane] = _mm_xor_si128(keys[0], _mm_set_epi64x((int64_t)((uint64_t)lane << 56), 0));

  /* Bytes of the first eight blocks that lie before the beginning. */
  size_t before = BLOCK * (low % LANES);
  low -= low % LANES;
  while (count > 0) {
    encrypt(keys, first, _mm_set_epi64x((int64_t)high, (int64_t)low), stream);
    size_t length = LANES * BLOCK - before;
    if (length == LANES * BLOCK && count >= length) {
      combine(bytes, stream, use);
    } else {
      uint8_t piece[LANES * BLOCK] = {0};
      if (count < length) length = count;
      memcpy(piece + before, bytes, length);
      combine(piece, stream, use);
      memcpy(bytes, piece + before, length);
      secure_wipe(piece, sizeof piece);
      before = 0;
    }
    bytes += length;
    count -= length;
    low += LANES;
    if (low == 0) high++;
  }
  secure_wipe(keys, sizeof keys);
  secure_wipe(first, sizeof first);
  secure_wipe(stream, sizeof stream);
}

AES static void apply_instructions(const uint8_t key[BLOCK], uint64_t high, uint64_t low,
                                   void *bytes, size_t count, keystream_use use) {
  switch (use) {
  case KEYSTREAM_STORE: apply(key, high, low, bytes, count, KEYSTREAM_STORE); break;
  case KEYSTREAM_ADD_32: apply(key, high, low, bytes, count, KEYSTREAM_ADD_32); break;
  case KEYSTREAM_SUBTRACT_32: apply(key, high, low, bytes, count, KEYSTREAM_SUBTRACT_32); break;
  case KEYSTREAM_ADD_64: apply(key, high, low, bytes, count, KEYSTREAM_ADD_64); break;
  case KEYSTREAM_SUBTRACT_64: apply(key, high, low, bytes, count, KEYSTREAM_SUBTRACT_64); break;
  }
}

void keystream_apply(const uint8_t key[16], uint64_t high, uint64_t low, void *bytes, size_t count,
                     keystream_use use) {
  if (__builtin_cpu_supports("aes") && __builtin_cpu_supports("avx"))
    apply_instructions(key, high, low, bytes, count, use);
  else
    keystream_apply_portable(key, high, low, bytes, count, use);
}

#else

void keystream_apply(const uint8_t key[16], uint64_t high, uint64_t low, void *bytes, size_t count,
                     keystream_use use) {
  keystream_apply_portable(key, high, low, bytes, count, use);
}

#endif
