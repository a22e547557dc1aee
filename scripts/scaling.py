#!/usr/bin/env python3
"""How a round scales over machines: what it costs, by calculation and by a simulated run.

    scaling.py measure                what the calculation takes as given, measured on this machine
    scaling.py calculate              the tables of docs/scaling.md, from CONSTANTS below
    scaling.py simulate               rounds of the real coordinator over simulated machines (root)

A simulated machine keeps the protocol of a relay with `--cores` local workers, and sleeps for as long as
they would train; so a hundred of them run here. The coordinator, its sums and its bytes are real. The
machines are in a network namespace of their own behind a link with a delay and a bandwidth
(scripts/delayed_link.py). `ready` is that of a real worker. The experiment is the LSTM benchmark,
experiments/bench-lstm.yaml, with as many clients in a round as `--clients` says.
"""
import argparse
import csv
import os
import re
import resource
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FEDSIM = os.environ.get("FEDSIM", f"{ROOT}/.build/release/fedsim")
BENCH = f"{ROOT}/experiments/bench-lstm.yaml"

# Measured by `scaling.py measure`; docs/scaling.md says on what and when.
CONSTANTS = {
    "client_seconds": 1.32e-3,  # of a core, for a client of the LSTM benchmark
    "down_bytes": 132_700,  # to a machine in a round: the model, and who trains
    "up_bytes": 266_900,  # from a machine: its exact sum
    "client_bytes": 24.7,  # both ways, for each client: its number and what became of it
    "machine_seconds": 0.107e-3,  # of the coordinator, for each machine's model and sum
    "coordinated_client_seconds": 1.18e-6,  # of the coordinator, for each client
}
BANDWIDTH = 125e6  # bytes per second: 1 Gbit/s
DELAY = 0.25e-3  # one way
CORES = 8


# Frames: see docs/wire.md.
TYPES = {"setup": 1, "model": 2, "train": 3, "collect": 4, "round": 6}
READY, TRAINED, SUM = 101, 102, 103


def frame(kind, payload):
    fields = struct.pack("<HHI", VERSION, kind, len(payload))
    return b"FSIM" + fields + struct.pack("<I", zlib.crc32(payload, zlib.crc32(fields))) + payload


VERSION = 1


class Machine:
    """One connection: what a relay says, without anything being trained."""

    # reported, 16 examples, weight 1, loss 1.0, norm 1.0
    OUTCOME = b"\x01\x10\x01" + struct.pack("<dd", 1.0, 1.0)
    CLIENT = re.compile(rb"[\x80-\xff]*[\x00-\x7f]")

    def __init__(self, connection, server):
        self.connection, self.server = connection, server
        self.inbox, self.outbox = bytearray(), bytearray()
        self.due = []  # (when, frame), in order
        self.busy = 0.0
        self.parameters = self.count = 0

    def hear(self):
        """Takes what has arrived; false when the coordinator has left."""
        piece = self.connection.recv(1 << 20)
        self.inbox += piece
        while len(self.inbox) >= 16:
            kind, length = struct.unpack_from("<HI", self.inbox, 6)
            if len(self.inbox) < 16 + length:
                break
            payload = bytes(self.inbox[16 : 16 + length])
            del self.inbox[: 16 + length]
            self.take(kind, payload)
        return bool(piece)

    def take(self, kind, payload):
        now = time.monotonic()
        if kind == TYPES["setup"]:
            self.due.append((now, frame(READY, self.server.ready(payload))))
        elif kind == TYPES["model"]:
            self.parameters = struct.unpack_from("<q", payload, 8)[0]
            self.count = 0
        elif kind == TYPES["train"]:
            head = self.CLIENT.match(payload).end()
            answer, clients = self.CLIENT.subn(lambda m: m[0] + self.OUTCOME, payload[head:])
            self.busy = max(self.busy, now) + clients * self.server.client_seconds
            self.due.append((self.busy, frame(TRAINED, payload[:head] + answer)))
            self.count += clients
        elif kind == TYPES["collect"]:
            zeros = bytes(8 * self.parameters)
            head = struct.pack("<qqq", self.count, self.count, self.parameters)
            self.due.append((max(self.busy, now), frame(SUM, head + zeros)))

    def speak(self):
        """Sends what is due and fits; returns when more is, None for never."""
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            self.outbox += self.due.pop(0)[1]
        if self.outbox:
            try:
                del self.outbox[: self.connection.send(self.outbox)]
            except BlockingIOError:
                pass
        return self.due[0][0] if self.due else None


class Machines:
    """All simulated machines, in one thread."""

    def __init__(self, address, client_seconds):
        self.client_seconds = client_seconds
        self.known = None
        self.listener = socket.create_server(address, backlog=1024)

    def ready(self, setup):
        """What a real worker answers to this setup."""
        if self.known is None:
            worker = subprocess.Popen(
                [FEDSIM, "worker", "--relay", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            worker.stdin.write(frame(TYPES["setup"], setup))
            worker.stdin.flush()
            header = worker.stdout.read(16)
            self.known = worker.stdout.read(struct.unpack_from("<I", header, 8)[0])
            worker.stdin.close()
            worker.wait()
        return self.known

    def serve(self):
        selector = selectors.DefaultSelector()
        self.listener.setblocking(False)
        selector.register(self.listener, selectors.EVENT_READ)
        while True:
            keys = selector.get_map().values()
            machines = [key.data for key in keys if key.data]
            due = []
            for machine in machines:
                try:
                    when = machine.speak()
                except OSError:
                    when = None
                if when is not None:
                    due.append(when)
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if machine.outbox else 0)
                if selector.get_key(machine.connection).events != wanted:
                    selector.modify(machine.connection, wanted, machine)
            pause = max(0.0, min(due) - time.monotonic()) if due else None
            for key, events in selector.select(pause):
                if key.data is None:
                    connection, _ = self.listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connection.setblocking(False)
                    selector.register(connection, selectors.EVENT_READ, Machine(connection, self))
                elif events & selectors.EVENT_READ:
                    try:
                        stays = key.data.hear()
                    except OSError:
                        stays = False
                    if not stays:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()


def rounds(folder):
    """Of the rounds after the first, whose machines load: seconds, coordinator's processor seconds, bytes
    down and up."""
    with open(f"{folder}/system.csv") as file:
        rows = list(csv.DictReader(file))
    found = []
    for before, row in zip(rows, rows[1:]):
        found.append((
            float(row["seconds"]), float(row["coordinator_cpu_seconds"]),
            *(int(row[f"pipe_bytes_{way}_workers"]) - int(before[f"pipe_bytes_{way}_workers"])
              for way in ("to", "from"))))
    return found


def middle(values):
    return sorted(values)[len(values) // 2]


def coordinate(machines, clients, address, folder, prefix=(), turns=4):
    """Rounds of the coordinator over machines at an address."""
    hop = f"{folder}/hop.sh"
    with open(hop, "w") as file:
        # What ssh or srun does for standard input and output.
        file.write(
            f"exec 3<>/dev/tcp/{address[0]}/{address[1]}\ncat <&3 &\nexec cat >&3\n")
    out = tempfile.mkdtemp(dir=folder) + "/run"
    settings = {
        "population.clients": max(1000, 2 * clients), "training.cohort_size": clients,
        "training.rounds": turns, "workers.launcher": "command",
        "workers.command": f"bash {hop}", "workers.dial_back": "false", "workers.relay": CORES}
    words = [*prefix, FEDSIM, "run", BENCH, "--quiet", "--workers", str(machines), "--out", out]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return rounds(out)


def measure(settings):
    """Prints the constants: rounds over loopback whose clients take no time."""
    with tempfile.TemporaryDirectory() as folder:
        # Processor time of everything, so that other programs of the machine do not count: the difference of
        # two numbers of rounds is training.
        used = []
        for turns in (10, 40):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [FEDSIM, "run", BENCH, "--quiet", "--workers", "1", "--set",
                 f"training.rounds={turns}", "--out", f"{folder}/bench-{turns}"], check=True,
                stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        client = (used[1] - used[0]) / (30 * 100)
        machines = Machines(("127.0.0.1", 0), 0.0)
        threading.Thread(target=machines.serve, daemon=True).start()
        address = machines.listener.getsockname()
        few = coordinate(2, 200, address, folder, turns=6)
        many = coordinate(42, 200, address, folder, turns=6)
        full = coordinate(2, 40_200, address, folder, turns=6)
    cpu = [middle([row[1] for row in found]) for found in (few, many, full)]
    down, up = (middle([row[way] for row in few]) / 2 for way in (2, 3))
    crowd = sum(middle([row[way] for row in full]) - middle([row[way] for row in few])
                for way in (2, 3))
    print(f'"client_seconds": {client:.3g},')
    print(f'"down_bytes": {down:.0f},')
    print(f'"up_bytes": {up:.0f},')
    print(f'"client_bytes": {crowd / 40_000:.3g},')
    print(f'"machine_seconds": {(cpu[1] - cpu[0]) / 40:.3g},')
    print(f'"coordinated_client_seconds": {(cpu[2] - cpu[0]) / 40_000:.3g},')


def calculated(clients, machines, cores=CORES, bandwidth=BANDWIDTH, delay=DELAY):
    """Seconds of a round: training, the wire at the coordinator, its own work, delays."""
    c = CONSTANTS
    training = clients * c["client_seconds"] / (machines * cores)
    wire = (machines * (c["down_bytes"] + c["up_bytes"]) + clients * c["client_bytes"]) / bandwidth
    own = machines * c["machine_seconds"] + clients * c["coordinated_client_seconds"]
    # There and back for the model with the first clients, and for the sum.
    return training, wire, own, 4 * delay


def best(clients, cores=CORES, bandwidth=BANDWIDTH):
    """Machines beyond which a round takes longer: where the derivative is nought."""
    c = CONSTANTS
    per_machine = (c["down_bytes"] + c["up_bytes"]) / bandwidth + c["machine_seconds"]
    return (clients * c["client_seconds"] / cores / per_machine) ** 0.5


def calculate(settings):
    for clients in settings.clients:
        print(f"\n{clients} clients in a round, {CORES} cores per machine\n")
        print("| machines | training, s | wire, s | coordinator, s | round, s | speed-up | efficiency |")
        print("|---|---|---|---|---|---|---|")
        one = sum(calculated(clients, 1))
        for machines in settings.machines:
            parts = calculated(clients, machines)
            total = sum(parts)
            print(
                f"| {machines} | {parts[0]:.3f} | {parts[1]:.3f} | {parts[2]:.3f} | {total:.3f} | "
                f"{one / total:.1f} | {one / total / machines:.0%} |")
        print(
            f"\nFastest with {best(clients):.0f} machines at 1 Gbit/s, {best(clients, bandwidth=1.25e9):.0f} "
            f"at 10 Gbit/s; without relays (one connection per core) with "
            f"{best(clients, cores=1) / CORES:.0f} at 1 Gbit/s.")


def simulate(settings):
    names = [f"fedsim{os.getpid()}a", f"fedsim{os.getpid()}b"]
    link = subprocess.Popen(
        [sys.executable, f"{ROOT}/scripts/delayed_link.py", *names, "--delay", str(1e3 * DELAY),
         "--bandwidth", str(BANDWIDTH)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if link.stdout.readline() != "ready\n":
            sys.exit("no link: this needs root and /dev/net/tun")
        for clients in settings.clients:
            print(f"\n{clients} clients in a round\n")
            print("| machines | round, s | calculated, s | coordinator's processor, s | MB |")
            print("|---|---|---|---|---|", flush=True)
            for machines in settings.machines:
                with tempfile.TemporaryDirectory() as folder:
                    server = subprocess.Popen(
                        ["ip", "netns", "exec", names[1], sys.executable, __file__, "machines",
                         "--seconds", str(CONSTANTS["client_seconds"] / CORES)],
                        stdout=subprocess.PIPE, text=True)
                    try:
                        server.stdout.readline()
                        found = coordinate(
                            machines, clients, ("10.77.0.2", 7070), folder,
                            prefix=("ip", "netns", "exec", names[0]),
                            turns=4 if clients > 20_000 * machines else 9)
                    finally:
                        server.kill()
                        server.wait()
                cpu, *ways = (middle([row[i] for row in found]) for i in (1, 2, 3))
                # The one that other programs of this machine disturbed least.
                seconds = min(row[0] for row in found)
                print(
                    f"| {machines} | {seconds:.3f} | {sum(calculated(clients, machines)):.3f} | "
                    f"{cpu:.3f} | {sum(ways) / 1e6:.1f} |", flush=True)
    finally:
        link.stdin.close()
        link.wait()


def machines(settings):
    server = Machines(("10.77.0.2", 7070), settings.seconds)
    print("ready", flush=True)
    server.serve()


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(required=True)
    for verb in (measure, calculate, simulate, machines):
        own = verbs.add_parser(verb.__name__)
        own.set_defaults(run=verb)
        if verb in (calculate, simulate):
            own.add_argument("--clients", type=numbers, default=[10_000, 100_000])
            own.add_argument("--machines", type=numbers, default=[1, 2, 5, 10, 20, 50, 100])
        if verb is machines:
            own.add_argument("--seconds", type=float, required=True)
    settings = parser.parse_args()
    settings.run(settings)


if __name__ == "__main__":
    main()
