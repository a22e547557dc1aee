"""Numbers with their shortest form that reads back the same, as Python's repr writes it.

Writes numbers.json beside itself: `python3 numbers.py`. Bit patterns go along as text, so that no
reader's parser is trusted.
"""

import json
import pathlib
import random
import struct

generator = random.Random(1)
values = [0.1, 0.2 + 0.1, 1 / 3, 2 / 3, 1e-5, 1e-4, 123456.789, 5e-324, 1.7976931348623157e308]
values += [2.2250738585072014e-308, 1e15, 1e16, 1e21, 1e22, 1e23, 9007199254740993.0, 2.0**60]
values += [0.5, 3.0, -3.0, 100.0, 999999999999999.0, -1e15, float("inf"), float("-inf")]
while len(values) < 500:
    value = struct.unpack("<d", struct.pack("<Q", generator.getrandbits(64)))[0]
    if value == value and abs(value) != float("inf"):
        values.append(value)
while len(values) < 1_000:
    values.append(generator.uniform(0, 1) * 10 ** generator.randint(-6, 9))

rows = [[str(struct.unpack("<Q", struct.pack("<d", value))[0]), repr(value)] for value in values]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=0) + "\n")
