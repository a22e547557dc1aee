"""Frames and messages between a worker of fedsim and a client program; docs/python.md describes every byte."""

import os
import struct
import zlib

import numpy

MAGIC = 0x4D495346  # "FSIM"
VERSION = 1
LARGEST = 1 << 30

SETUP, MODEL, TRAIN, EVALUATE, INITIALIZE = 1, 2, 3, 5, 30
READY, FAILED, MEASURED, INITIAL, REPORT = 101, 105, 130, 131, 132

_header = struct.Struct("<IHHII")


class WireError(Exception):
    """Bytes that are no frame or no message."""


def pack(kind, *parts):
    """One frame: header, then the parts of its payload."""
    length = sum(len(part) for part in parts)
    checksum = zlib.crc32(struct.pack("<HHI", VERSION, kind, length))
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return [_header.pack(MAGIC, VERSION, kind, length, checksum), *parts]


def write(file, kind, *parts):
    """Sends a frame in one call of the system, as long as the pipe takes it: each call may wake the reader."""
    views = [memoryview(part).cast("B") for part in pack(kind, *parts) if len(part)]
    while views:
        done = os.writev(file.fileno(), views)
        while views and done >= len(views[0]):
            done -= len(views.pop(0))
        if done:
            views[0] = views[0][done:]


def _read(file, count):
    """Exactly so many bytes, or fewer at the end of the file."""
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        got = file.readinto(view)
        if not got:
            break
        view = view[got:]
    return buffer[: count - len(view)]


def read(file):
    """The type and payload of the next frame; None at the end of the file."""
    head = _read(file, _header.size)
    if not head:
        return None
    if len(head) < _header.size:
        raise WireError("a frame was cut in its header")
    magic, version, kind, length, checksum = _header.unpack(head)
    if magic != MAGIC:
        raise WireError("bytes that are no frame")
    if version != VERSION:
        raise WireError(f"a frame of protocol version {version}; this program speaks {VERSION}")
    if length > LARGEST:
        raise WireError(f"a frame of {length} bytes; the limit is {LARGEST}")
    payload = bytearray()
    while len(payload) < length:
        # Memory follows what really arrives.
        piece = _read(file, min(length - len(payload), 1 << 24))
        if not piece:
            raise WireError(f"a frame was cut: {len(payload)} of {length} bytes arrived")
        payload = piece if not payload else payload + piece
    if zlib.crc32(payload, zlib.crc32(head[4:12])) != checksum:
        raise WireError("a frame whose checksum is wrong")
    return kind, payload


class Reader:
    """Reads the values of a payload in their order."""

    def __init__(self, payload):
        self.payload, self.place = payload, 0

    def _take(self, count):
        if count < 0 or count > len(self.payload) - self.place:
            raise WireError("a message that ends too early")
        self.place += count
        return self.place - count

    def byte(self):
        return self.payload[self._take(1)]

    def integer(self):
        return struct.unpack_from("<q", self.payload, self._take(8))[0]

    def compact(self):
        """Seven bits a byte, the lowest first (LEB128)."""
        value = 0
        for shift in range(0, 64, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise WireError("a number of more than 64 bits")

    def floats(self):
        count = self.integer()
        return numpy.frombuffer(self.payload, "<f4", count, self._take(4 * count))

    def integers(self):
        count = self.integer()
        return numpy.frombuffer(self.payload, "<i8", count, self._take(8 * count)).tolist()

    def compacts(self):
        count = self.compact()
        if count > len(self.payload) - self.place:
            raise WireError("a list that ends too early")
        return [self.compact() for _ in range(count)]

    def finish(self):
        if self.place != len(self.payload):
            raise WireError(f"{len(self.payload) - self.place} bytes too many")


def floats(values):
    values = numpy.ascontiguousarray(values, "<f4")
    return struct.pack("<q", values.size), values.data.cast("B") if values.size else b""


def text(words):
    data = words.encode()
    return struct.pack("<q", len(data)) + data


def compact(value):
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)
