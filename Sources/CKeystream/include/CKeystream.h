#ifndef FEDSIM_CKEYSTREAM_H
#define FEDSIM_CKEYSTREAM_H

#include <stddef.h>
#include <stdint.h>

/* The AES-128-CTR keystream of swift-crypto, into a buffer that is already there.
 *
 * swift-crypto's own call returns a new Data, allocated and cleared twice, for every piece, which
 * takes as long again as the cipher. These are the two functions of its BoringSSL that it calls. */

enum { KEYSTREAM_LARGEST = 16384 };

/* `count` bytes, at most KEYSTREAM_LARGEST, from counter block `counter` on. */
void keystream_aes128_ctr(const uint8_t key[16], const uint8_t counter[16], void *bytes,
                          size_t count);

#endif
