"""What a client program is made of."""

import dataclasses
import types

import numpy

# What random draws are for; each has a stream of its own.
INITIAL, TRAIN, EVALUATE = 1, 2, 3


@dataclasses.dataclass(frozen=True)
class Setup:
    """What the experiment file says; `local` holds the keys of `training.local`."""

    name: str
    seed: int
    clients: int
    parameters: int
    rounds: int
    cohort_size: int
    max_examples: int
    local: types.SimpleNamespace


@dataclasses.dataclass(frozen=True)
class Round:
    """The round that a client trains in; number 0 stands for what is before the first one."""

    number: int
    rng: numpy.random.Generator


@dataclasses.dataclass
class Update:
    """What a client has learned: local minus global parameters, from how many examples, at which mean loss."""

    values: numpy.ndarray
    examples: int
    loss: float = 0.0


class Evaluation(dict):
    """Means over a client's test examples by name; `accuracy` and `loss` also go into evaluation.csv."""

    def __init__(self, examples, **metrics):
        super().__init__(metrics)
        self.examples = int(examples)


class Client:
    """One client. An object lives for only one question: what it keeps in itself is gone afterwards.

    Data that all clients of the process share belongs into the class, and is best loaded when the module is
    imported. Draw random numbers from `round.rng` or `self.rng`; NumPy's, PyTorch's and Python's own global
    generators are seeded before every question, so that results do not depend on which worker asks.
    """

    def __init__(self, number, setup, rng):
        self.id = number
        self.setup = setup
        self.rng = rng

    @classmethod
    def initial(cls, setup, rng):
        """The parameters that round 1 starts from, as arrays or one vector; zeros unless you say otherwise."""
        return numpy.zeros(setup.parameters, numpy.float32)

    def train(self, model, round):
        """Trains from `model`, a vector of float32 that cannot be written to, and returns an `Update`.

        None stands for a client that has nothing to learn from.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method train")

    def evaluate(self, model):
        """Measures `model` on the client's test examples and returns an `Evaluation`, or None without any."""
        return None


def vector(arrays):
    """One vector of float32 of an array, a list of arrays, or anything that NumPy makes an array of."""
    if isinstance(arrays, (list, tuple)):
        arrays = [vector(array) for array in arrays]
        return numpy.concatenate(arrays) if arrays else numpy.zeros(0, numpy.float32)
    if hasattr(arrays, "detach"):
        arrays = arrays.detach().cpu().numpy()
    return numpy.ascontiguousarray(arrays, numpy.float32).reshape(-1)


def stream(seed, purpose, number, client):
    """A generator of its own for every seed, purpose, round and client."""
    key = numpy.random.SeedSequence([seed, purpose, number, client])
    return numpy.random.Generator(numpy.random.Philox(key))
