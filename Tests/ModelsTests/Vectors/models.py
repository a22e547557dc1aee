"""Loss, gradient, scores and three SGD steps of every model in float64, by PyTorch's autograd.

The steps are taken with and without momentum.

Writes models.json beside this file. Made with torch 2.6.0:
  python3 -m venv venv && venv/bin/pip install torch==2.6.0 numpy && venv/bin/python models.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20240607)

LEARNING_RATE, MOMENTUM, WEIGHT_DECAY, STEPS = 0.5, 0.9, 0.01, 3


def normal(*size, scale=1.0):
    # Rounded so that the float32 reader and this script start from the same numbers.
    return (scale * torch.randn(*size, generator=generator)).float().double()


def integers(low, high, *size):
    return torch.randint(low, high, size, generator=generator)


def make_examples(shape, counts):
    n = len(counts)
    apps = integers(0, shape["vocabulary"], n, shape["sequenceLength"])
    for row in range(n):  # row r has r % (length + 1) missing apps at its start
        apps[row, : row % (shape["sequenceLength"] + 1)] = -1
    return {
        "apps": apps,
        "steps": normal(n, shape["sequenceLength"], shape["stepWidth"]),
        "context": normal(n, shape["contextWidth"]),
        "counts": counts,
        "candidateApps": integers(0, shape["vocabulary"], sum(counts)),
        "candidateFeatures": normal(sum(counts), shape["candidateWidth"]),
        "targets": integers(0, shape["vocabulary"], n),
        "targetCandidates": torch.stack([integers(0, c, 1)[0] for c in counts]),
    }


def embed(weight, apps):
    padded = torch.cat([weight, torch.zeros(1, weight.shape[1])])  # id -1 is the zero row
    return padded[apps]


def lstm_logits(p, e):
    inputs = torch.cat([embed(p["embedding.weight"], e["apps"]), e["steps"]], dim=2)
    width, hidden = inputs.shape[2], p["lstm.weight_hh"].shape[1]
    layer = torch.nn.LSTM(width, hidden, batch_first=True)
    values = {
        "weight_ih_l0": p["lstm.weight_ih"],
        "weight_hh_l0": p["lstm.weight_hh"],
        "bias_ih_l0": p["lstm.bias"],
        "bias_hh_l0": torch.zeros_like(p["lstm.bias"]),
    }
    outputs, _ = torch.func.functional_call(layer, values, (inputs,))
    return F.linear(outputs[:, -1], p["output.weight"], p["output.bias"])


def vocabulary_loss(logits, e):
    log_probability = F.log_softmax(logits, dim=1)
    start, scores = 0, []
    for row, count in enumerate(e["counts"]):
        scores.append(log_probability[row, e["candidateApps"][start : start + count]])
        start += count
    return F.cross_entropy(logits, e["targets"]), torch.cat(scores)


def candidate_loss(scores, e):
    losses = [
        F.cross_entropy(part.unsqueeze(0), target.unsqueeze(0))
        for part, target in zip(scores.split(e["counts"]), e["targetCandidates"])
    ]
    return torch.stack(losses).mean(), scores


def logistic(p, e):
    return candidate_loss(e["candidateFeatures"] @ p["candidate.weight"], e)


def softmax(key):
    def model(p, e):
        inputs = e[key].flatten(1)
        return vocabulary_loss(F.linear(inputs, p["output.weight"], p["output.bias"]), e)

    return model


def lstm(p, e):
    return vocabulary_loss(lstm_logits(p, e), e)


def lstm_ranker(p, e):
    row = torch.repeat_interleave(torch.arange(len(e["counts"])), torch.tensor(e["counts"]))
    logits = lstm_logits(p, e)[row, e["candidateApps"]]
    return candidate_loss(logits + e["candidateFeatures"] @ p["candidate.weight"], e)


def sizes(kind, shape, embedding, hidden):
    v, s = shape["vocabulary"], shape["stepWidth"]
    network = {
        "embedding.weight": (v, embedding),
        "lstm.weight_ih": (4 * hidden, embedding + s),
        "lstm.weight_hh": (4 * hidden, hidden),
        "lstm.bias": (4 * hidden,),
        "output.weight": (v, hidden),
        "output.bias": (v,),
    }
    candidate = {"candidate.weight": (shape["candidateWidth"],)}
    width = {"softmax_context": shape["contextWidth"], "softmax_steps": s * shape["sequenceLength"]}
    if kind == "logistic":
        return candidate
    if kind == "lstm":
        return network
    if kind == "lstm_ranker":
        return network | candidate
    return {"output.weight": (v, width[kind]), "output.bias": (v,)}


MODELS = {
    "logistic": logistic,
    "softmax_context": softmax("context"),
    "softmax_steps": softmax("steps"),
    "lstm": lstm,
    "lstm_ranker": lstm_ranker,
}


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def numbers(tensor):
    if tensor.dtype == torch.float64:
        return [float(f"{x:.10g}") for x in tensor.reshape(-1).tolist()]
    return tensor.reshape(-1).tolist()


def case(kind, shape, examples, embedding, hidden):
    p = {
        name: normal(*size, scale=0.7).requires_grad_()
        for name, size in sizes(kind, shape, embedding, hidden).items()
    }
    initial = numbers(flat(p.values()).detach())
    loss, scores = MODELS[kind](p, examples)
    gradient = flat(torch.autograd.grad(loss, list(p.values())))
    return {
        "model": kind,
        "names": list(p),
        "parameters": initial,
        "loss": loss.item(),
        "gradient": numbers(gradient),
        "scores": numbers(scores.detach()),
        "trained": trained(kind, p, examples, MOMENTUM),
        "trainedWithoutMomentum": trained(kind, p, examples, 0),
    }


def trained(kind, initial, examples, momentum):
    p = {name: value.detach().clone().requires_grad_() for name, value in initial.items()}
    optimizer = torch.optim.SGD(
        p.values(), lr=LEARNING_RATE, momentum=momentum, weight_decay=WEIGHT_DECAY)
    for _ in range(STEPS):
        optimizer.zero_grad()
        MODELS[kind](p, examples)[0].backward()
        optimizer.step()
    return numbers(flat(p.values()).detach())


def group(shape, counts, embedding, hidden):
    examples = make_examples(shape, counts)
    return {
        "shape": shape,
        "embedding": embedding,
        "hidden": hidden,
        "examples": {k: v if k == "counts" else numbers(v) for k, v in examples.items()},
        "cases": [case(kind, shape, examples, embedding, hidden) for kind in MODELS],
    }


several_steps = dict(
    vocabulary=7, sequenceLength=4, stepWidth=2, contextWidth=3, candidateWidth=5)
one_step = dict(vocabulary=18, sequenceLength=1, stepWidth=1, contextWidth=9, candidateWidth=1)
groups = [
    group(several_steps, [3, 1, 5, 2, 9, 1, 4], embedding=3, hidden=5),
    group(one_step, [2, 1], embedding=4, hidden=2),
]
out = {
    "learningRate": LEARNING_RATE, "momentum": MOMENTUM, "weightDecay": WEIGHT_DECAY,
    "steps": STEPS, "groups": groups,
}
path = pathlib.Path(__file__).with_name("models.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
