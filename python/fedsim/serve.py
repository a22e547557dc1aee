"""Serves a worker of fedsim: answers its questions with the methods of a client."""

import ctypes
import json
import os
import platform
import random
import signal
import struct
import sys
import traceback
import types

import numpy

from . import wire
from .client import EVALUATE, INITIAL, TRAIN, Evaluation, Round, Setup, Update, stream, vector


class _Refused(Exception):
    """What the user's own code gave back cannot be sent."""


def serve(client, clients=None, name=None):
    """Answers a worker until it closes the pipe; `clients` is how many there is data for.

    The program's own standard output is the worker's: what it prints goes to standard error instead.
    """
    if os.isatty(0):
        sys.exit(
            "This is a client program of fedsim, which starts it: name it as workers.program in an experiment file "
            "and use `fedsim run`, or try it with `fedsim worker-check`."
        )
    _die_with_parent()
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    target = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    try:
        _Server(client, clients, name, source, target).work()
    except BrokenPipeError:
        pass
    except wire.WireError as error:
        _fail(target, f"it was sent {error}")
    except _Refused as error:
        _fail(target, str(error))
    except Exception as error:
        traceback.print_exc()
        sys.stderr.flush()
        _fail(target, _words(error))


def _fail(target, reason):
    try:
        wire.write(target, wire.FAILED, struct.pack("<i", 65), wire.text(reason))
    except OSError:
        pass
    # Without the clean-up of libraries that may wait for threads of their own.
    sys.stderr.flush()
    os._exit(65)


def _words(error):
    """The error and the line of the user's code, or the last one that there is."""
    frames = traceback.extract_tb(error.__traceback__)
    here = os.path.dirname(os.path.abspath(__file__))
    own = [frame for frame in frames if os.path.dirname(os.path.abspath(frame.filename)) != here]
    # The innermost line of the program itself, not of a library that it calls.
    main = os.path.abspath(getattr(sys.modules.get("__main__"), "__file__", "") or "")
    mine = [frame for frame in own if os.path.abspath(frame.filename) == main]
    message = " ".join(str(error).split())
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    for frame in reversed(mine or own):
        return f"{text} ({os.path.basename(frame.filename)}:{frame.lineno})"
    return text


def _die_with_parent():
    """A worker that is killed takes its program along, whatever that is computing."""
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        except (OSError, AttributeError):
            pass


class _Server:
    def __init__(self, client, clients, name, source, target):
        self.client, self.clients, self.name = client, clients, name
        self.source, self.target = source, target
        self.setup = self.model = None
        self.round = 0

    def work(self):
        while True:
            frame = wire.read(self.source)
            if frame is None:
                return
            kind, payload = frame
            answer = self.answers.get(kind)
            if answer is None:
                raise wire.WireError(f"a message of unknown type {kind}")
            if (self.setup is None) != (kind == wire.SETUP):
                raise wire.WireError("messages in no order: setup comes first, and once")
            answer(self, payload)

    def begin(self, payload):
        try:
            told = json.loads(payload)
            fields = {key: told[key] for key in Setup.__dataclass_fields__}
            version = told["protocol"]
        except (ValueError, KeyError, TypeError) as error:
            raise wire.WireError(f"a setup that cannot be read ({error!r})") from None
        if version != 1:
            raise wire.WireError(f"a setup of version {version}; this package speaks 1")
        fields["local"] = types.SimpleNamespace(**fields["local"])
        self.setup = Setup(**fields)
        ready = {
            "protocol": 1,
            "name": self.name or self._build(),
            # Whether the file and the program agree is for the worker to say.
            "parameters": int(self._initial().size),
            "clients": self.clients,
        }
        wire.write(self.target, wire.READY, json.dumps(ready).encode())

    def _build(self):
        versions = [f"python {platform.python_version()}", f"numpy {numpy.__version__}"]
        if "torch" in sys.modules:
            versions.append(f"torch {sys.modules['torch'].__version__}")
        return f"{self.client.__name__} ({', '.join(versions)})"

    def _initial(self):
        rng = self._seeded(INITIAL, 0, 0)
        return vector(self.client.initial(self.setup, rng))

    def initialize(self, payload):
        wire.Reader(payload).finish()
        wire.write(self.target, wire.INITIAL, *wire.floats(self._initial()))

    def take(self, payload):
        reader = wire.Reader(payload)
        number, model = reader.integer(), reader.floats()
        reader.finish()
        if number < 0 or model.size != self.setup.parameters:
            raise wire.WireError(f"a model of {model.size} parameters in round {number}")
        self.round, self.model = number, model
        self.model.flags.writeable = False

    def train(self, payload):
        reader = wire.Reader(payload)
        clients = reader.compacts()
        reader.finish()
        for number in self._checked(clients):
            rng = self._seeded(TRAIN, self.round, number)
            update = self.client(number, self.setup, rng).train(self.model, Round(self.round, rng))
            wire.write(self.target, wire.REPORT, *self._report(number, update))

    def _report(self, number, update):
        if update is None:
            update = Update(numpy.zeros(0, numpy.float32), 0)
        if not isinstance(update, Update):
            raise _Refused(f"train returned {type(update).__name__}, not a fedsim.Update")
        values, examples = vector(update.values), int(update.examples)
        if examples == 0:
            values = values[:0]
        elif values.size != self.setup.parameters:
            raise _Refused(f"the update has {values.size} numbers, and the model has {self.setup.parameters}")
        return (struct.pack("<qqd", number, examples, float(update.loss)), *wire.floats(values))

    def evaluate(self, payload):
        reader = wire.Reader(payload)
        reader.byte()
        clients = reader.integers()
        reader.finish()
        for number in self._checked(clients):
            rng = self._seeded(EVALUATE, self.round, number)
            measured = self.client(number, self.setup, rng).evaluate(self.model)
            if measured is None:
                measured = Evaluation(0)
            if not isinstance(measured, Evaluation):
                raise _Refused(f"evaluate returned {type(measured).__name__}, not a fedsim.Evaluation")
            parts = [struct.pack("<qq", number, measured.examples), wire.compact(len(measured))]
            for metric, value in measured.items():
                parts += [wire.text(metric), struct.pack("<d", float(value))]
            wire.write(self.target, wire.MEASURED, *parts)

    def _checked(self, clients):
        if self.model is None:
            raise wire.WireError("a question before a model")
        for number in clients:
            if not 0 <= number < self.setup.clients:
                raise wire.WireError(f"client {number} of a population of {self.setup.clients}")
        return clients

    def _seeded(self, purpose, number, client):
        """A stream of its own, after seeding all generators that the program may draw from by accident."""
        rng = stream(self.setup.seed, purpose, number, client)
        seed = int(rng.integers(1 << 32))
        random.seed(seed)
        numpy.random.seed(seed)
        if "torch" in sys.modules:
            torch = sys.modules["torch"]
            # Its manual_seed looks for accelerators of every kind each time.
            (torch.manual_seed if torch.cuda.is_initialized() else torch.default_generator.manual_seed)(seed)
        return rng

    answers = {
        wire.SETUP: begin,
        wire.INITIALIZE: initialize,
        wire.MODEL: take,
        wire.TRAIN: train,
        wire.EVALUATE: evaluate,
    }
