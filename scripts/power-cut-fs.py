#!/usr/bin/env python3
"""A file system in memory that forgets at a power cut what was not synced.

    scripts/power-cut-fs.py IMAGE MOUNTPOINT [--seed N] [--strict]

IMAGE is a folder: what the disk holds. Its files are there when the file system is mounted; when it
ends, IMAGE holds what is then on the disk.

    SIGTERM   unmounts; everything is on the disk.
    SIGUSR1   cuts the power: every further call fails, and only this is on the disk:
              * of a file, what it was at its last fsync (or fdatasync), and of the writes after it
                nothing, or a random first part of them (a file that was never synced is empty, or cut);
              * of creations, renames and removals, those before the last fsync of anything, and a
                random first part of those after it (a journal, as in ext4 and XFS).
              With --strict a name in a folder is on the disk only once that folder was synced.

"ready" on standard output says that it is mounted. Needs /dev/fuse and fusermount3 (Debian's package
fuse3), and nothing but Python's standard library. For tests: scripts/random-kills.py uses it.
"""

import argparse
import array
import errno
import os
import random
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

HEADER = struct.Struct("<IIQQIIII")  # length, opcode, unique, node, uid, gid, pid, padding
LARGEST_WRITE = 1 << 17


class Node:
    """A file or folder; a file has two contents: what programs see and what the disk holds."""

    def __init__(self, number, mode):
        self.number, self.mode = number, mode
        self.data, self.durable = bytearray(), b""
        self.changes = []  # what was done to the data since the last fsync
        self.names = {} if stat.S_ISDIR(mode) else None
        self.durable_names = {} if stat.S_ISDIR(mode) else None
        self.time = time.time_ns()
        self.links = 1

    def is_folder(self):
        return self.names is not None


class Disk:
    def __init__(self, image, seed, strict):
        self.image, self.random, self.strict = image, random.Random(seed), strict
        self.nodes = {}
        self.last = 0
        self.journal = []  # (folder, name, node or None) since the last commit
        self.root = self.load(image)

    def new(self, mode):
        self.last += 1
        node = Node(self.last, mode)
        self.nodes[node.number] = node
        return node

    def load(self, path):
        if os.path.isdir(path):
            node = self.new(stat.S_IFDIR | 0o755)
            for name in sorted(os.listdir(path)):
                node.names[name] = self.load(os.path.join(path, name)).number
            node.durable_names = dict(node.names)
            return node
        node = self.new(stat.S_IFREG | stat.S_IMODE(os.stat(path).st_mode))
        with open(path, "rb") as file:
            node.data = bytearray(file.read())
        node.durable = bytes(node.data)
        return node

    def name(self, folder, name, node):
        """Gives a node a name, or takes the name away."""
        if node is None:
            folder.names.pop(name, None)
        else:
            folder.names[name] = node.number
        folder.time = time.time_ns()
        self.journal.append((folder, name, node.number if node else None))

    @staticmethod
    def play(entries):
        for folder, name, number in entries:
            if number is None:
                folder.durable_names.pop(name, None)
            else:
                folder.durable_names[name] = number

    def sync(self, node):
        if node.is_folder():
            if self.strict:
                # Its own names; those of other folders wait for a sync of their own.
                self.play([entry for entry in self.journal if entry[0] is node])
                self.journal = [entry for entry in self.journal if entry[0] is not node]
        else:
            node.durable, node.changes = bytes(node.data), []
        if not self.strict:
            self.play(self.journal)
            self.journal = []

    def cut(self):
        if not self.strict:
            self.play(self.journal[: self.random.randint(0, len(self.journal))])
        for node in self.nodes.values():
            if node.is_folder() or not node.changes:
                continue
            kept = self.random.choice([0, 0, self.random.randint(0, len(node.changes))])
            data = bytearray(node.durable)
            for offset, change in node.changes[:kept]:
                if offset is None:
                    del data[change:]
                    data.extend(bytes(change - len(data)))
                else:
                    if self.random.random() < 0.2:
                        change = change[: self.random.randint(0, len(change))]
                    data.extend(bytes(max(0, offset - len(data))))
                    data[offset : offset + len(change)] = change
            node.durable = bytes(data)

    def settle(self):
        self.play(self.journal)
        for node in self.nodes.values():
            if not node.is_folder():
                node.durable = bytes(node.data)

    def save(self):
        """Writes the image: whole and under its name, or not at all."""
        new = self.image + ".new"
        shutil.rmtree(new, ignore_errors=True)
        self.write(self.root, new)
        shutil.rmtree(self.image)
        os.rename(new, self.image)

    def write(self, node, path):
        if node.is_folder():
            os.mkdir(path)
            for name, number in node.durable_names.items():
                self.write(self.nodes[number], os.path.join(path, name))
        else:
            with open(path, "wb") as file:
                file.write(node.durable)
            os.chmod(path, stat.S_IMODE(node.mode))


class Failure(Exception):
    def __init__(self, code):
        self.code = code


class Server:
    """Speaks the kernel's protocol (linux/fuse.h, version 7.31)."""

    def __init__(self, device, disk):
        self.device, self.disk = device, disk
        self.calls = {
            1: self.lookup, 3: self.getattr, 4: self.setattr, 9: self.mkdir, 10: self.unlink,
            11: self.rmdir, 12: self.rename, 14: self.open, 15: self.read, 16: self.write,
            17: self.statfs, 18: self.nothing, 20: self.fsync, 25: self.nothing, 26: self.init,
            27: self.open, 28: self.readdir, 29: self.nothing, 30: self.fsync, 34: self.nothing,
            35: self.create, 45: self.rename2,
        }

    def serve(self, wake):
        """Answers calls until a signal comes, and returns its number."""
        while True:
            ready, _, _ = select.select([wake, self.device], [], [])
            if wake in ready:
                return os.read(wake, 1)[0]
            try:
                message = os.read(self.device, LARGEST_WRITE + 4096)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT):
                    continue
                return signal.SIGTERM  # unmounted by somebody else
            _, opcode, unique, number, *_ = HEADER.unpack_from(message)
            if opcode in (2, 42, 36):  # forget, and interrupt, want no answer
                continue
            body = message[HEADER.size :]
            code, answer = 0, b""
            try:
                if opcode not in self.calls:
                    raise Failure(errno.ENOSYS)
                answer = self.calls[opcode](number, body) or b""
            except Failure as failure:
                code = failure.code
            try:
                os.write(self.device, struct.pack("<IiQ", 16 + len(answer), -code, unique) + answer)
            except OSError:
                pass  # the caller has gone

    def node(self, number):
        return self.disk.nodes[number]

    def child(self, folder, name):
        number = folder.names.get(name)
        if number is None:
            raise Failure(errno.ENOENT)
        return self.node(number)

    @staticmethod
    def text(body):
        return body.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")

    def attributes(self, node):
        size = len(node.data)
        seconds, rest = divmod(node.time, 10**9)
        links = node.links
        if node.is_folder():
            # Programs that walk through folders count on it.
            links = 2 + sum(self.node(child).is_folder() for child in node.names.values())
        return struct.pack(
            "<QQQQQQIIIIIIIIII", node.number, size, (size + 511) // 512, seconds, seconds, seconds,
            rest, rest, rest, node.mode, links, os.getuid(), os.getgid(), 0, 4096, 0)

    def entry(self, node):
        return struct.pack("<QQQQII", node.number, 0, 0, 0, 0, 0) + self.attributes(node)

    def nothing(self, number, body):
        return b""

    def init(self, number, body):
        major, minor, ahead, _ = struct.unpack_from("<IIII", body)
        big_writes = 1 << 5
        return struct.pack(
            "<IIIIHHIIHHI", 7, min(minor, 31), ahead, big_writes, 16, 12, LARGEST_WRITE, 1,
            LARGEST_WRITE // 4096, 0, 0) + bytes(28)

    def lookup(self, number, body):
        return self.entry(self.child(self.node(number), self.text(body)))

    def getattr(self, number, body):
        return struct.pack("<QII", 0, 0, 0) + self.attributes(self.node(number))

    def setattr(self, number, body):
        valid, _, _, size = struct.unpack_from("<IIQQ", body)
        node = self.node(number)
        if valid & 1:
            node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(struct.unpack_from("<I", body, 68)[0])
        if valid & 8:
            del node.data[size:]
            node.data.extend(bytes(size - len(node.data)))
            node.changes.append((None, size))
        node.time = time.time_ns()
        return self.getattr(number, body)

    def mkdir(self, number, body):
        mode, _ = struct.unpack_from("<II", body)
        return self.entry(self.add(number, self.text(body[8:]), stat.S_IFDIR | mode & 0o7777))

    def add(self, number, name, mode):
        folder = self.node(number)
        if name in folder.names:
            raise Failure(errno.EEXIST)
        node = self.disk.new(mode)
        self.disk.name(folder, name, node)
        return node

    def create(self, number, body):
        _, mode = struct.unpack_from("<II", body)
        node = self.add(number, self.text(body[16:]), stat.S_IFREG | mode & 0o7777)
        return self.entry(node) + struct.pack("<QII", 0, 0, 0)

    def unlink(self, number, body):
        folder, name = self.node(number), self.text(body)
        node = self.child(folder, name)
        if node.is_folder():
            raise Failure(errno.EISDIR)
        node.links = 0
        self.disk.name(folder, name, None)

    def rmdir(self, number, body):
        folder, name = self.node(number), self.text(body)
        node = self.child(folder, name)
        if not node.is_folder():
            raise Failure(errno.ENOTDIR)
        if node.names:
            raise Failure(errno.ENOTEMPTY)
        self.disk.name(folder, name, None)

    def rename(self, number, body):
        return self.move(number, struct.unpack_from("<Q", body)[0], 0, body[8:])

    def rename2(self, number, body):
        target, flags, _ = struct.unpack_from("<QII", body)
        return self.move(number, target, flags, body[16:])

    def move(self, number, target, flags, names):
        old, new = (
            name.decode("utf-8", "surrogateescape") for name in names.split(b"\0")[:2])
        folder, other = self.node(number), self.node(target)
        node = self.child(folder, old)
        there = other.names.get(new)
        if flags & ~1:
            raise Failure(errno.EINVAL)
        if there is not None:
            there = self.node(there)
            if flags & 1:
                raise Failure(errno.EEXIST)
            if there is node:
                return
            if there.is_folder() and (not node.is_folder() or there.names):
                raise Failure(errno.ENOTEMPTY if node.is_folder() else errno.EISDIR)
            if node.is_folder() and not there.is_folder():
                raise Failure(errno.ENOTDIR)
            there.links = 0
        # One entry of the journal, or it could be cut in two.
        folder.names.pop(old)
        other.names[new] = node.number
        self.disk.journal.append(Move(folder, old, other, new, node.number))

    def open(self, number, body):
        node = self.node(number)
        flags = struct.unpack_from("<I", body)[0]
        if not node.is_folder() and flags & os.O_TRUNC and node.data:
            del node.data[:]
            node.changes.append((None, 0))
        return struct.pack("<QII", 0, 0, 0)

    def read(self, number, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        return bytes(self.node(number).data[offset : offset + size])

    def write(self, number, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        node, data = self.node(number), body[40 : 40 + size]
        node.data.extend(bytes(max(0, offset - len(node.data))))
        node.data[offset : offset + size] = data
        node.changes.append((offset, data))
        node.time = time.time_ns()
        return struct.pack("<II", size, 0)

    def fsync(self, number, body):
        self.disk.sync(self.node(number))

    def readdir(self, number, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        answer = b""
        for place, (name, child) in enumerate(list(self.node(number).names.items())):
            if place < offset:
                continue
            raw = name.encode("utf-8", "surrogateescape")
            kind = 4 if self.node(child).is_folder() else 8
            record = struct.pack("<QQII", child, place + 1, len(raw), kind) + raw
            record += bytes(-len(record) % 8)
            if len(answer) + len(record) > size:
                break
            answer += record
        return answer

    def statfs(self, number, body):
        return struct.pack("<QQQQQIIII", 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19, 4096, 255, 4096, 0) + bytes(24)


class Move(tuple):
    """A rename in the journal: two names that change together."""

    def __new__(cls, folder, old, other, new, number):
        move = super().__new__(cls, (folder, old, None))
        move.second = (other, new, number)
        return move


def play(entries):
    for entry in entries:
        for folder, name, number in [entry] + ([entry.second] if isinstance(entry, Move) else []):
            if number is None:
                folder.durable_names.pop(name, None)
            else:
                folder.durable_names[name] = number


Disk.play = staticmethod(play)


def mount(point):
    """Asks fusermount3 to mount, and gets the device from it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        environment = dict(os.environ, _FUSE_COMMFD=str(theirs.fileno()))
        subprocess.run(
            ["fusermount3", "-o", "rw,nosuid,nodev,fsname=power-cut", "--", point],
            env=environment, pass_fds=[theirs.fileno()], check=True)
        _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_LEN(4))
        descriptors = array.array("i")
        descriptors.frombytes(ancillary[0][2][:4])
        return descriptors[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("image")
    parser.add_argument("mountpoint")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strict", action="store_true", help="names need a sync of their folder")
    options = parser.parse_args()
    disk = Disk(options.image, options.seed, options.strict)
    device = mount(options.mountpoint)

    # Signals are heard between two calls, never in the middle of one.
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    for number in (signal.SIGUSR1, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("ready", flush=True)
    if Server(device, disk).serve(wake) == signal.SIGUSR1:
        disk.cut()
    else:
        disk.settle()
    disk.save()
    os.close(device)
    subprocess.run(["fusermount3", "-u", "-z", "--", options.mountpoint], check=False)


if __name__ == "__main__":
    main()
