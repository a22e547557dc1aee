"""The models' forward passes rebuilt in NumPy from model.safetensors alone.

`python3 forward.py MODEL.safetensors EXAMPLES.json` prints one score per candidate as JSON. The
equations are those of the README's models; arithmetic is in double precision.
"""

import json
import sys

import numpy
import safetensors
from safetensors.numpy import load_file

model_path, examples_path = sys.argv[1:]
weights = {name: value.astype(float) for name, value in load_file(model_path).items()}
with safetensors.safe_open(model_path, "numpy") as file:
    metadata = file.metadata()
with open(examples_path) as file:
    examples = json.load(file)

count = len(examples["offsets"]) - 1
length = int(metadata["sequence_length"])
apps = numpy.array(examples["apps"]).reshape(count, length)
steps = numpy.array(examples["steps"]).reshape(count, length, -1)
context = numpy.array(examples["context"]).reshape(count, -1)
features = numpy.array(examples["features"]).reshape(len(examples["candidates"]), -1)
owner = numpy.repeat(numpy.arange(count), numpy.diff(examples["offsets"]))


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def lstm_logits():
    """Gates are stacked as input, forget, cell, output; an absent app (-1) embeds as zero."""
    embedding = numpy.vstack([weights["embedding.weight"], numpy.zeros(int(metadata["embedding"]))])
    hidden = numpy.zeros((count, int(metadata["hidden"])))
    cell = numpy.zeros_like(hidden)
    for step in range(length):
        x = numpy.hstack([embedding[apps[:, step]], steps[:, step]])
        gates = x @ weights["lstm.weight_ih"].T + hidden @ weights["lstm.weight_hh"].T
        i, f, g, o = numpy.split(gates + weights["lstm.bias"], 4, axis=1)
        cell = sigmoid(f) * cell + sigmoid(i) * numpy.tanh(g)
        hidden = sigmoid(o) * numpy.tanh(cell)
    return hidden @ weights["output.weight"].T + weights["output.bias"]


def log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))


def of_candidates(logits):
    return logits[owner, examples["candidates"]]


scores = {
    "logistic": lambda: features @ weights["candidate.weight"],
    "softmax": lambda: of_candidates(
        log_softmax(context @ weights["output.weight"].T + weights["output.bias"])),
    "lstm": lambda: of_candidates(log_softmax(lstm_logits())),
    "lstm_ranker": lambda: of_candidates(lstm_logits()) + features @ weights["candidate.weight"],
}[metadata["kind"]]()
json.dump(scores.tolist(), sys.stdout)
