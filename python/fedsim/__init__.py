"""Clients of your own for fedsim, and fedsim's runs in a notebook.

A client program subclasses `Client` and calls `serve`; docs/python.md has the whole way. `run` and `load` give a
run's tables as pandas frames.
"""

from .client import Client, Evaluation, Round, Setup, Update
from .run import FedsimError, Run, load, program, run
from .serve import serve

__all__ = [
    "Client",
    "Evaluation",
    "FedsimError",
    "Round",
    "Run",
    "Setup",
    "Update",
    "load",
    "program",
    "run",
    "serve",
]
