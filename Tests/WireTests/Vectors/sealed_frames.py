"""Frames of a sealed connection under the key 0, 1, …, 31, written with the package cryptography.

Writes sealed_frames.json beside itself: `python3 sealed_frames.py`. The messages are those of
SealedChannelTests.swift.
"""

import hashlib
import hmac
import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "MessagesTests/Vectors"))
from frames import compact, frame, text  # noqa: E402

COORDINATOR, WORKER = 1, 2


def sealed(side, number, kind, payload):
    nonce = struct.pack("<IQ", side, number)
    box = AESGCM(bytes(range(32))).encrypt(nonce, payload, struct.pack("<H", kind))
    return frame(kind, nonce + box)


frames = {
    "setup": sealed(COORDINATOR, 0, 1, b'{"training_end":7}'),
    "collect": sealed(COORDINATOR, 1, 4, b""),
    "ready": sealed(
        WORKER,
        0,
        101,
        struct.pack("<H", 2)
        + text("node7") + text("digits 3") + text("") + text("")
        + struct.pack("<H", 0)
        + compact(1) + text("sum")
        + struct.pack("<q", 4242)),
    "idle": sealed(WORKER, 1, 102, b"\x01\x06\x02"),
}
# The first frame of a worker that dials back with that key: the key's name, then nothing, sealed.
KEY = bytes(range(32))
NAME = hmac.new(KEY, b"fedsim connection", hashlib.sha256).digest()[:16]
nonce = struct.pack("<IQ", WORKER, 0)
frames["dial"] = frame(100, NAME + nonce + AESGCM(KEY).encrypt(nonce, b"", struct.pack("<H", 100)))
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({name: data.hex() for name, data in frames.items()}, indent=1) + "\n")
