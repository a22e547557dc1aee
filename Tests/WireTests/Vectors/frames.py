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


def text(words):
    data = words.encode()
    return struct.pack("<q", len(data)) + data


def tally(predictor, examples, unseen, top1, top3, top5, reciprocal_ranks, cross_entropy):
    counts = struct.pack("<B5q", predictor, examples, unseen, top1, top3, top5)
    return counts + struct.pack("<2d", reciprocal_ranks, cross_entropy)


frames = {
    "setup": frame(1, b'{"training_end":7}'),
    "model": frame(2, struct.pack("<q", 12) + array("f", [0.5, -1.25, 3.0e-5])),
    "train": frame(3, array("q", [3, 0, 1 << 40])),
    "collect": frame(4, b""),
    "evaluate": frame(5, b"\x01" + array("q", [9])),
    "session": frame(6, array("B", range(32)) + array("q", [2, 5])),
    "relay": frame(7, struct.pack("<qB", 3, 0) + array("B", [9, 8])),
    "replay": frame(7, struct.pack("<qB", 4, 1) + array("B", [])),
    "clip": frame(8, struct.pack("<d", 0.125)),
    "ready": frame(101, struct.pack("<q", 4242)),
    "reported": frame(102, struct.pack("<qBqqdd", 5, 1, 31, 31, 0.75, 2.5)),
    "idle": frame(102, struct.pack("<qB", 6, 2)),
    "dropped": frame(102, struct.pack("<qB", 7, 3)),
    "diverged": frame(102, struct.pack("<qB", 8, 4)),
    "encoded": frame(102, struct.pack("<qB", 9, 5)),
    "sum": frame(103, struct.pack("<qq", 40, 2) + array("q", [-1, 1 << 45])),
    "evaluated": frame(
        104,
        struct.pack("<qq", 11, 2)
        + tally(1, 10, 1, 4, 6, 7, 5.25, 12.5)
        + tally(8, 10, 1, 5, 7, 8, 6.125, 11.0),
    ),
    "failed": frame(105, struct.pack("<i", 65) + text("no such file: café")),
    "answer": frame(106, struct.pack("<qB", 3, 1) + array("B", [7, 7])),
    "silence": frame(106, struct.pack("<qB", 4, 2)),
    "refusal": frame(106, struct.pack("<qB", 5, 3) + text("a reason")),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({name: data.hex() for name, data in frames.items()}, indent=1) + "\n")
