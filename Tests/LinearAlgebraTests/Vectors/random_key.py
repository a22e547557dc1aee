#!/usr/bin/env python3
"""Expected words of RandomKey and of a secret RandomStream, from RFC 8439 alone.

    python3 random_key.py > random_key.csv
"""

MASK = 0xFFFFFFFF


def rotated(x, bits):
    return (x << bits | x >> (32 - bits)) & MASK


def block(key, counter, nonce):
    """Eight 64-bit words of the ChaCha20 block with 64 bits each of counter and nonce."""
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574]
    start += [part for word in (*key, counter, nonce) for part in (word & MASK, word >> 32)]
    x = list(start)

    def quarter(a, b, c, d):
        x[a] = (x[a] + x[b]) & MASK
        x[d] = rotated(x[d] ^ x[a], 16)
        x[c] = (x[c] + x[d]) & MASK
        x[b] = rotated(x[b] ^ x[c], 12)
        x[a] = (x[a] + x[b]) & MASK
        x[d] = rotated(x[d] ^ x[a], 8)
        x[c] = (x[c] + x[d]) & MASK
        x[b] = rotated(x[b] ^ x[c], 7)

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(a, b, c, d)
    words = [(value + first) & MASK for value, first in zip(x, start)]
    return [words[i] | words[i + 1] << 32 for i in range(0, 16, 2)]


# RFC 8439, 2.3.2
octets = bytes(range(32))
key = [int.from_bytes(octets[i : i + 8], "little") for i in range(0, 32, 8)]
assert block(key, 0x09000000 << 32 | 1, 0x4A000000)[0] == 0x15593BD1E4E7F110

print("kind,purpose,round,client,key0,key1,key2,key3,first,fifth")
for kind, purpose, round_, client in ((1, 3, 0, 0), (1, 3, 7, 0), (1, 5, 7, 123), (2, 1, 7, 0), (3, 2, -1, 9)):
    stream = block(block(key, kind, purpose)[:4], round_ % 2**64, client)[:4]
    # A random stream takes the first half of each block.
    print(kind, purpose, round_, client, *stream, block(stream, 0, 0)[0], block(stream, 1, 0)[0], sep=",")
