#!/usr/bin/env python3
"""A link between two network namespaces with a delay and a bandwidth, where the kernel has no netem.

    delayed-link.py ONE OTHER --delay 0.25 --bandwidth 125e6

Makes the namespaces ONE (10.77.0.1) and OTHER (10.77.0.2), carries packets between them until it is
ended (or its standard input closes), and removes them. Needs root and /dev/net/tun. Prints `ready` when
packets pass.

A packet leaves when those before it have left (its bytes over the bandwidth) and arrives a delay
later; each direction has its own bandwidth, as on a full-duplex network card.
"""
import argparse
import ctypes
import fcntl
import heapq
import os
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
MTU = 60_000  # one packet of the link stands for a train of smaller ones


def run(*words):
    subprocess.run(words, check=True)


def enter(path):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path) as namespace:
        if libc.setns(namespace.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def end_of_link(namespace, address):
    """The descriptor of a new network device within a namespace."""
    with open("/proc/self/ns/net") as home:
        enter(f"/run/netns/{namespace}")
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"link0", IFF_TUN | IFF_NO_PI))
        enter(f"/proc/self/fd/{home.fileno()}")
    inside = ["ip", "-n", namespace]
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "addr", "add", f"{address}/24", "dev", "link0")
    run(*inside, "link", "set", "link0", "mtu", str(MTU), "txqueuelen", "10000", "up")
    return device


def carry(devices, delay, bandwidth):
    """Takes packets from each device to the other; ends with standard input or a signal."""
    free = {device: 0.0 for device in devices}  # when the sender's card is free again
    other = {devices[0]: devices[1], devices[1]: devices[0]}
    waiting, order = [], 0
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, device, packet = heapq.heappop(waiting)
            try:
                os.write(device, packet)
            except BlockingIOError:
                pass  # a full queue loses packets, as a real one does
        pause = waiting[0][0] - time.monotonic() if waiting else None
        # A card that is busy for long leaves its packets in the kernel, whose queue is finite.
        ready = [d for d in devices if free[d] - time.monotonic() < 0.005]
        if len(ready) < len(devices):
            pause = min(pause if pause is not None else 1, 0.002)
        found, _, _ = select.select(ready + [0], [], [], None if pause is None else max(pause, 0))
        if 0 in found and not os.read(0, 4096):
            return
        for device in found:
            if device == 0:
                continue
            try:
                packet = os.read(device, 65536)
            except BlockingIOError:
                continue
            free[device] = max(free[device], time.monotonic()) + len(packet) / bandwidth
            order += 1
            heapq.heappush(waiting, (free[device] + delay, order, other[device], packet))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("one")
    parser.add_argument("other")
    parser.add_argument("--delay", type=float, default=0.25, help="one way, milliseconds")
    parser.add_argument("--bandwidth", type=float, default=125e6, help="bytes per second, each way")
    settings = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    made = []
    try:
        for namespace in (settings.one, settings.other):
            run("ip", "netns", "add", namespace)
            made.append(namespace)
        devices = [
            end_of_link(settings.one, "10.77.0.1"), end_of_link(settings.other, "10.77.0.2")]
        print("ready", flush=True)
        carry(devices, settings.delay / 1e3, settings.bandwidth)
    except KeyboardInterrupt:
        pass
    finally:
        for namespace in made:
            subprocess.run(["ip", "netns", "del", namespace])


if __name__ == "__main__":
    main()
