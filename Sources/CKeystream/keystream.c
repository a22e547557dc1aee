#include "CKeystream.h"

#include <stdlib.h>

/* Declared in swift-crypto's CCryptoBoringSSL_aes.h, which packages cannot include. A version
 * without these functions does not link; the tests compare the result with another program's. */
int CCryptoBoringSSL_AES_set_encrypt_key(const uint8_t *key, unsigned bits, void *schedule);
void CCryptoBoringSSL_AES_ctr128_encrypt(const uint8_t *in, uint8_t *out, size_t count,
                                         const void *schedule, uint8_t counter[16],
                                         uint8_t used[16], unsigned *position);

static const uint8_t zeros[KEYSTREAM_LARGEST];

void keystream_aes128_ctr(const uint8_t key[16], const uint8_t counter[16], void *bytes,
                          size_t count) {
  /* An AES_KEY has 244 bytes. */
  _Alignas(16) uint8_t schedule[512];
  uint8_t next[16];
  uint8_t used[16] = {0};
  unsigned position = 0;
  if (count > KEYSTREAM_LARGEST || CCryptoBoringSSL_AES_set_encrypt_key(key, 128, schedule) != 0)
    abort();
  for (int index = 0; index < 16; index++) next[index] = counter[index];
  CCryptoBoringSSL_AES_ctr128_encrypt(zeros, bytes, count, schedule, next, used, &position);
}
