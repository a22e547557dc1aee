"""One frame of every message, written from the description of the wire with struct and zlib alone.

Writes frames.json beside itself: `python3 frames.py`. The messages are those of
MessageTests.swift.
"""

import json
import pathlib
import struct
import zlib


def frame(kind, payload):
    fields = struct.pack("<HHI", 1, kind, len(payload))
    return b"FSIM" + fields + struct.pack("<I", zlib.crc32(fields + payload)) + payload


def array(code, values):
    return struct.pack("<q", len(values)) + struct.pack(f"<{len(values)}{code}", *values)


def compact(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def text(words):
    data = words.encode()
    return struct.pack("<q", len(data)) + data


def part(predictor, period, counts, reciprocal_ranks, cross_entropy, apps, outcomes):
    data = struct.pack("<BB5q2d", predictor, period, *counts, reciprocal_ranks, cross_entropy)
    data += compact(len(apps))
    for app, *numbers in apps:
        data += struct.pack("<i", app) + b"".join(map(compact, numbers))
    return data + array("I", outcomes)


frames = {
    "setup": frame(1, b'{"training_end":7}'),
    "model": frame(2, struct.pack("<q", 12) + array("f", [0.5, -1.25, 3.0e-5])),
    "train": frame(3, compact(3) + compact(3) + compact(0) + compact(1 << 40)),
    "collect": frame(4, b""),
    "evaluate": frame(5, b"\x01" + array("q", [9])),
    "session": frame(6, struct.pack("<dB", 0.25, 1) + array("B", range(32)) + array("q", [2, 5])),
    "later sum": frame(
        6,
        struct.pack("<dB", 0, 2) + array("B", range(32)) + array("q", [2, 5])
        + compact(3) + array("f", [0.5, -2])),
    "unbounded": frame(6, struct.pack("<dB", 0, 0)),
    "relay": frame(7, struct.pack("<qB", 3, 0) + array("B", [9, 8])),
    "replay": frame(7, struct.pack("<qB", 4, 1) + array("B", [])),
    "clip": frame(6, struct.pack("<dB", 0.125, 0)),
    "pool": frame(9, array("q", [4, 2]) + struct.pack("<qd", 3, 0.0625)),
    "seal": frame(10, bytes(range(32))),
    "versions": frame(11, compact(2) + array("f", [0.5]) + array("f", [-2.0])),
    "live": frame(12, array("q", [4, 2]) + struct.pack("<qq", 21, 10)),
    "initialize": frame(30, b""),
    "survey": frame(31, compact(2) + compact(3) + compact(300)),
    "surveyed": frame(
        131, compact(2)
        + b"".join(compact(n) for n in [3, 40, 3, 2, 3600, 3600, 72800, 10000])
        + b"".join(compact(n) for n in [300, 0, 0, 0])),
    "beginnings": frame(
        6, struct.pack("<dB", 0.125, 4) + compact(2)
        + b"".join(compact(n) for n in [2, 0, 0, 300, 1, 4])),
    "measured": frame(
        130, struct.pack("<qq", 3, 4) + compact(1) + text("accuracy") + struct.pack("<d", 0.5)),
    "lived": frame(
        108,
        compact(300)
        + compact(2)
        # In use and rested, 60 unlocks, 57 hits of the ceiling, one version.
        + bytes([3, 60, 58, 1, 59, 50, 55, 40, 38])
        # Not in use, nobody asked the ceiling.
        + bytes([0, 0, 0, 1, 0, 0, 0, 0, 0])
        + compact(119)
        + compact(0)
        + compact(82_786),
    ),
    "state": frame(13, struct.pack("<q", 300) + array("f", [0.5, -2.0])),
    "kept": frame(109, struct.pack("<q", 1 << 33) + array("f", [])),
    "update": frame(110, struct.pack("<q", 1 << 33) + array("f", [0.5, -2.0])),
    "pooled": frame(107, array("f", [0.5, -2.0])),
    "ready": frame(
        101,
        struct.pack("<H", 2)
        + text("node7") + text("fedsim 1234-0badcafe") + text("OpenBLAS 0.3.21") + text("Haswell")
        + struct.pack("<H", 256)
        + compact(2) + text("evaluate") + text("sum")
        + struct.pack("<q", 4242)),
    "ready of another program": frame(
        101,
        struct.pack("<H", 2)
        + text("node8") + text("digits 3") + text("") + text("")
        + struct.pack("<H", 0)
        + compact(0)
        + struct.pack("<q", 7)),
    "usage": frame(111, struct.pack("<q", 123_456_789)),
    "replaced": frame(113, text("killed")),
    "bye": frame(112, struct.pack("<i", 70) + text("out of memory")),
    "reported": frame(102, b"\x02\x05\x01" + compact(300) + b"\x1f" + struct.pack("<2d", 0.75, 2.5) + b"\x06\x02"),
    "idle": frame(102, b"\x01\x06\x02"),
    "dropped": frame(102, b"\x01\x07\x03"),
    "diverged": frame(102, b"\x01\x08\x04"),
    "encoded": frame(102, b"\x01\x09\x05"),
    "noise only": frame(102, b"\x01\x09\x06"),
    "cut": frame(102, b"\x01\x09\x07"),
    "cut answer": frame(106, struct.pack("<qBq", 3, 5, 2) + b"\x07\x09"),
    "noise only answer": frame(106, struct.pack("<qBq", 3, 4, 2) + b"\x07\x08"),
    "sum": frame(103, struct.pack("<qq", 40, 2) + array("q", [-1, 1 << 45])),
    "evaluated": frame(
        104,
        struct.pack("<q", 11)
        + compact(10)
        + compact(300)
        + compact(28)
        + compact(2)
        + part(
            1,
            1,
            (10, 1, 4, 6, 7),
            5.25,
            12.5,
            [(3, 6, 200, 4), (70_000, 0, 6, 0)],
            [1 << 31 | 1, 12],
        )
        + part(8, 3, (10, 1, 5, 7, 8), 6.125, 11.0, [], []),
    ),
    "failed": frame(105, struct.pack("<i", 65) + text("no such file: café")),
    "answer": frame(106, struct.pack("<qB", 3, 1) + array("B", [7, 7])),
    "silence": frame(106, struct.pack("<qB", 4, 2)),
    "refusal": frame(106, struct.pack("<qB", 5, 3) + text("a reason")),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({name: data.hex() for name, data in frames.items()}, indent=1) + "\n")
