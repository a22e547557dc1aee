"""Frames of a sealed connection under the key 0, 1, …, 31, written with the package cryptography.

Writes sealed_frames.json beside itself: `python3 sealed_frames.py`. The messages are those of
SealedChannelTests.swift.
"""

import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "MessagesTests/Vectors"))
from frames import frame  # noqa: E402

COORDINATOR, WORKER = 1, 2


def sealed(side, number, kind, payload):
    nonce = struct.pack("<IQ", side, number)
    box = AESGCM(bytes(range(32))).encrypt(nonce, payload, struct.pack("<H", kind))
    return frame(kind, nonce + box)


frames = {
    "setup": sealed(COORDINATOR, 0, 1, b'{"training_end":7}'),
    "collect": sealed(COORDINATOR, 1, 4, b""),
    "ready": sealed(WORKER, 0, 101, struct.pack("<q", 4242)),
    "idle": sealed(WORKER, 1, 102, b"\x01\x06\x02"),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({name: data.hex() for name, data in frames.items()}, indent=1) + "\n")
