"""Runs of fedsim in a notebook: starts them, and reads their folders."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import numpy


class FedsimError(Exception):
    """What fedsim says went wrong; `code` is its exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def program():
    """The native program: $FEDSIM, the one beside this interpreter, or the first in PATH."""
    given = os.environ.get("FEDSIM")
    beside = pathlib.Path(sys.executable).parent / "fedsim"
    found = given or (str(beside) if os.access(beside, os.X_OK) else shutil.which("fedsim"))
    if not found:
        raise FileNotFoundError("the program fedsim is neither beside this Python nor in PATH; set FEDSIM to its path")
    return found


def run(config, *, set=None, out=None, workers=None, quiet=True):
    """Runs an experiment and returns its `Run`.

    `config` is the path of an experiment file, or a mapping with its keys. `set` replaces keys by their paths, as
    `--set` does: `set={"training.rounds": 10}`. An error of fedsim is a `FedsimError` with its sentence.
    """
    if isinstance(config, (str, os.PathLike)):
        return _run(config, set, out, workers, quiet)
    # Relative paths in a mapping are meant from here.
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=".", prefix=".fedsim-") as file:
        json.dump(config, file)
        file.flush()
        return _run(file.name, set, out, workers, quiet)


def _run(path, replaced, out, workers, quiet):
    command = [program(), "run", os.fspath(path), "--json"]
    for key, value in (replaced or {}).items():
        command += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    if out is not None:
        command += ["--out", os.fspath(out)]
    if workers is not None:
        command += ["--workers", str(workers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise FedsimError(done.stderr.strip() or f"fedsim ended with exit code {done.returncode}", done.returncode)
    if not quiet:
        sys.stderr.write(done.stderr)
    return Run(json.loads(done.stdout)["run_folder"])


def load(folder):
    """The `Run` in a folder."""
    if not (pathlib.Path(folder) / "config.yaml").is_file():
        raise FileNotFoundError(f"{folder} is no run folder: it has no config.yaml")
    return Run(folder)


class Run:
    """A run folder. Every CSV file is a pandas frame under its name: `run.rounds`, `run.evaluation`, `run.privacy`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._frames = {}

    def __repr__(self):
        return f"Run({str(self.folder)!r})"

    @property
    def names(self):
        """The names of all frames."""
        return sorted(path.stem for path in self.folder.glob("*.csv"))

    def frame(self, name):
        """One CSV file as a pandas frame."""
        if name not in self._frames:
            path = self.folder / f"{name}.csv"
            if not path.is_file():
                raise AttributeError(f"{self.folder} has no {name}.csv; it has {', '.join(self.names)}")
            try:
                import pandas
            except ImportError:
                raise ImportError("frames need pandas: pip install pandas") from None
            self._frames[name] = pandas.read_csv(path, keep_default_na=False, na_values=[""])
        return self._frames[name]

    @property
    def frames(self):
        """All frames by name."""
        return {name: self.frame(name) for name in self.names}

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.frame(name)

    def __dir__(self):
        return [*super().__dir__(), *self.names]

    @property
    def summary(self):
        """summary.json."""
        return json.loads((self.folder / "summary.json").read_text())

    @property
    def config(self):
        """The resolved experiment file, as text."""
        return (self.folder / "config.yaml").read_text()

    @property
    def tensors(self):
        """The parameters of model.safetensors by name."""
        data = (self.folder / "model.safetensors").read_bytes()
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        tensors = {}
        # The header may be in any order; the model is in that of the data.
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            start, end = entry["data_offsets"]
            own = data[8 + length + start : 8 + length + end]
            tensors[name] = numpy.frombuffer(own, "<f4").reshape(entry["shape"]).copy()
        return tensors

    @property
    def model(self):
        """All parameters as one vector, as a client gets it."""
        return numpy.concatenate([tensor.ravel() for tensor in self.tensors.values()])
