"""Philox4x64-10 blocks by numpy.random.Philox, to philox.csv.

Run: python3 philox.py (numpy 2.4.6). The first three rows are also the known answers of
Random123 (https://github.com/DEShawResearch/random123, tests/kat_vectors), checked here.
"""

import csv
import pathlib

import numpy as np

MASK = (1 << 64) - 1
PI = [0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89]
RANDOM123 = [
    (([0] * 4), [0, 0], "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
    ([MASK] * 4, [MASK] * 2, "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0"),
    (PI, [0x452821E638D01377, 0xBE5466CF34E90C6C],
     "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6"),
]


def block(counter, key):
    # NumPy steps its 256-bit counter before it makes a block.
    whole = sum(word << (64 * place) for place, word in enumerate(counter))
    before = (whole - 1) % (1 << 256)
    words = [(before >> (64 * place)) & MASK for place in range(4)]
    generator = np.random.Philox(
        counter=np.array(words, dtype=np.uint64), key=np.array(key, dtype=np.uint64))
    return [int(word) for word in generator.random_raw(4)]


rows = []
for counter, key, answer in RANDOM123:
    words = block(counter, key)
    assert words == [int(word, 16) for word in answer.split()], (counter, words)
    rows.append(counter + key + words)
source = np.random.Generator(np.random.PCG64(1))
for _ in range(20):
    inputs = [int(word) for word in source.integers(0, MASK, 6, dtype=np.uint64)]
    rows.append(inputs + block(inputs[:4], inputs[4:]))

with open(pathlib.Path(__file__).with_name("philox.csv"), "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["c0", "c1", "c2", "c3", "k0", "k1", "x0", "x1", "x2", "x3"])
    writer.writerows(rows)
