#!/usr/bin/env python3
"""Prints type and payload of the messages of ProgramMessageTests, from the description in docs/python.md alone."""

import struct

floats = lambda *values: struct.pack(f"<q{len(values)}f", len(values), *values)
text = lambda words: struct.pack("<q", len(words)) + words.encode()
compact = lambda value: bytes([value]) if value < 128 else bytes([value & 127 | 128]) + compact(value >> 7)
metric = lambda name, value: text(name) + struct.pack("<d", value)

for name, kind, payload in [
    ("initialize", 30, b""),
    ("model", 2, struct.pack("<q", 7) + floats(1, -0.5)),
    ("train", 3, compact(2) + compact(3) + compact(300)),
    ("evaluate", 5, b"\0" + struct.pack("<qqq", 2, 3, 300)),
    ("initial", 131, floats(0.25)),
    ("report", 132, struct.pack("<qqd", 3, 12, 1.5) + floats(2)),
    ("measured", 130, struct.pack("<qq", 3, 4) + compact(2) + metric("accuracy", 0.5) + metric("f1", 0.25)),
    ("failed", 105, struct.pack("<i", 65) + text("no")),
]:
    print(f"{name:10} {kind:4} {payload.hex()}")
