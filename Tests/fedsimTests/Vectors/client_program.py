"""A client program with Python's own library alone, which breaks one rule of `fedsim worker-check` on request.

Usage: client_program.py [RULE [VARIANT]]. Written from docs/python.md; the package in python/ shares no line with it.
Its model is a vector of three numbers, which a client moves towards its own number.
"""

import json
import os
import struct
import sys
import zlib

rule = sys.argv[1] if len(sys.argv) > 1 else ""
variant = sys.argv[2] if len(sys.argv) > 2 else ""
source, target = os.fdopen(0, "rb"), os.fdopen(1, "wb")
PARAMETERS = 3
state = {"asked": 0}


def send(kind, payload):
    checksum = zlib.crc32(struct.pack("<HHI", 1, kind, len(payload)) + payload)
    magic, version, length = b"FSIM", 1, len(payload)
    if kind == 132:
        if rule == "frame-start":
            magic = b"oops"
        if rule == "frame-version":
            version = 2
        if rule == "frame-length":
            if variant == "cut":
                target.write(magic + struct.pack("<HHII", 1, kind, length, checksum) + payload[:-1])
                target.flush()
                os._exit(0)
            length = 1 << 31
        if rule == "frame-checksum":
            checksum ^= 1
        if rule == "payload":
            payload += b"\0"
            length += 1
            checksum = zlib.crc32(struct.pack("<HHI", 1, kind, length) + payload)
    target.write(magic + struct.pack("<HHII", version, kind, length, checksum) + payload)
    target.flush()


def fail(reason):
    words = reason.encode()
    send(105, struct.pack("<iq", 65, len(words)) + words)
    os._exit(65)


def refuse(own, reason):
    """Ends the program, unless the rule that it breaks is this one."""
    if rule != own:
        fail(reason)
    if variant == "quiet":
        os._exit(0)


def receive():
    head = source.read(16)
    if not head:
        if rule == "leaves":
            os._exit(1)
        os._exit(0)
    if len(head) < 16:
        refuse("refuses-corrupt", "a cut header")
        return receive()
    magic, version, kind, length, checksum = struct.unpack("<4sHHII", head)
    if magic != b"FSIM" or version != 1 or length > 1 << 30:
        refuse("refuses-corrupt", "no frame")
        length = min(length, 2)
    payload = source.read(length)
    if len(payload) < length or zlib.crc32(head[4:12] + payload) != checksum:
        refuse("refuses-corrupt", "a corrupt frame")
    return kind, payload


def compact(payload):
    """Numbers below 128 alone, as all of a check are; returns them and how many bytes they took."""
    return list(payload[1 : 1 + payload[0]]), 1 + payload[0]


def floats(values):
    return struct.pack(f"<q{len(values)}f", len(values), *values)


def train(clients, model, number):
    if rule == "stays-alive":
        os._exit(3)
    if rule == "deadline":
        import time

        time.sleep(60)
    if rule == "report-order":
        clients = clients[::-1] if variant != "twice" else [clients[0]] * len(clients)
    for client in clients:
        state["asked"] += 1
        values = [(client - at) / (2 + number) for at in model]
        loss, examples = 1.5, client
        if client == 0:
            values = []
        if rule == "latest-model":
            values, examples = [0.5] * 3, 1
        if rule == "repeatable":
            other = state["asked"] if variant != "process" else os.getpid()
            values = [value + other for value in values]
        if rule == "update-length" and values:
            values = values[:-1]
        if rule == "update-finite" and values:
            loss, values = (float("nan"), values) if variant == "loss" else (loss, [float("inf"), *values[1:]])
        if rule == "example-count":
            examples = -1 if variant != "update" else 0
            values = [1.0] * 3
        send(132, struct.pack("<qqd", client, examples, loss) + floats(values))
    if rule == "silence":
        send(132, struct.pack("<qqd", 0, 0, 0.0) + floats([]))


def evaluate(clients, model):
    if rule == "metric-order":
        clients = clients[::-1]
    for client in clients:
        metrics = [("accuracy", 0.5), ("loss", abs(client - model[0]))]
        if rule == "metrics":
            metrics = {
                "twice": metrics + metrics,
                "name": [("a b", 1.0)],
                "nan": [("loss", float("nan"))],
            }.get(variant, [("accuracy", 1.5)])
        payload = struct.pack("<qqB", client, 4, len(metrics))
        for name, value in metrics:
            payload += struct.pack("<q", len(name)) + name.encode() + struct.pack("<d", value)
        send(130, payload)


setup = model = None
number = 0
while True:
    kind, payload = receive()
    if kind not in (1, 2, 3, 5, 30):
        refuse("refuses-unknown", f"type {kind}")
        continue
    if (setup is None) == (kind != 1) or (model is None and kind in (3, 5)):
        refuse("refuses-disorder", "messages in no order")
        if kind == 30:
            continue
        model = model or [0.0] * PARAMETERS
        setup = setup or {"clients": 100}
    if kind == 1:
        try:
            setup = json.loads(payload)
        except ValueError:
            refuse("refuses-malformed", "no JSON")
            continue
        ready = {"protocol": 1, "name": "test", "parameters": PARAMETERS}
        if rule == "ready":
            ready = {"protocol": {"protocol": 2, "name": "test", "parameters": 3}}.get(variant, {"hello": 1})
        send(101, json.dumps(ready).encode())
    elif kind == 30:
        first = [0.0, 0.25, 0.5]
        if rule == "initial":
            first = [float("nan")] * 3 if variant == "nan" else [0.0]
        send(131, floats(first))
    elif kind == 2:
        count = struct.unpack_from("<q", payload, 8)[0] if len(payload) >= 16 else -1
        if count != PARAMETERS or len(payload) != 16 + 4 * count:
            refuse("refuses-malformed", "a model of another length")
            count = PARAMETERS
            payload = payload[:16].ljust(16, b"\0") + b"\0" * 12
        number = struct.unpack_from("<q", payload)[0]
        if not (rule == "latest-model" and variant == "first" and model):
            model = struct.unpack_from("<3f", payload, 16)
    elif kind == 3:
        clients, used = compact(payload)
        if used != len(payload) or max(clients, default=0) >= setup["clients"]:
            refuse("refuses-malformed", "train with bytes too many, or a client too high")
        train(clients, model, number)
    elif kind == 5:
        count = struct.unpack_from("<q", payload, 1)[0]
        evaluate(list(struct.unpack_from(f"<{count}q", payload, 9)), model)
