"""The fastest we know in PyTorch: clients trained side by side with `bmm`, backward pass by hand.

Every client of a chunk has its own copy of the weights. No autograd; the products for the weight
gradients of the LSTM are one over all time steps. With `--check` it compares both models with
bare_torch.py.
"""

import sys

import torch

import workload
from bare_torch import Trainer
from rounds import federated_averaging
from workload import APPS, BATCH, EMBEDDING, HIDDEN, LEARNING_RATE, STEPS

# Clients side by side in a process: found by trying.
CHUNK = {"lstm": 25, "logistic": 50}
sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
tanh_backward = torch.ops.aten.tanh_backward.grad_input


def step_output(hidden, weight, bias, targets):
    """One SGD step of softmax regression; returns the gradient of `hidden`, before the step.

    hidden [client, batch, input], weight [client, class, input], bias [client, class],
    targets [client, batch, 1].
    """
    gradient = torch.baddbmm(bias.unsqueeze(1), hidden, weight.mT).softmax(-1)
    gradient.scatter_add_(-1, targets, torch.full_like(targets, -1, dtype=torch.float32))
    gradient.div_(BATCH)
    backward = gradient @ weight
    weight.baddbmm_(gradient.mT, hidden, alpha=-LEARNING_RATE)
    bias.sub_(gradient.sum(1), alpha=LEARNING_RATE)
    return backward


def step_logistic(parameters, apps, context, targets):
    weight, bias = parameters
    step_output(context, weight, bias, targets)


def step_lstm(parameters, apps, context, targets):
    """One SGD step of every client; apps and context are [client, step × batch, …]."""
    embedding, w_input, w_hidden, b_input, b_hidden, w_output, b_output = parameters
    clients = len(embedding)
    table = embedding.view(clients * APPS, EMBEDDING)
    used = (apps + APPS * torch.arange(clients).unsqueeze(1)).flatten()
    inputs = torch.cat((table[used].view(clients, -1, EMBEDDING), context), -1)
    flat = torch.baddbmm((b_input + b_hidden).unsqueeze(1), inputs, w_input.mT)
    # Input, forget, cell and output gate, activated in place, [client, step, batch, …].
    gates = flat.view(clients, STEPS, BATCH, 4 * HIDDEN)
    hidden = torch.empty(clients, STEPS, BATCH, HIDDEN)
    cells, squashed = [torch.zeros(clients, BATCH, HIDDEN)], []
    for step in range(STEPS):
        now = gates[:, step]
        if step > 0:
            now.baddbmm_(hidden[:, step - 1], w_hidden.mT)
        i, f, g, o = now.split(HIDDEN, -1)
        now[..., : 2 * HIDDEN].sigmoid_()
        g.tanh_()
        o.sigmoid_()
        cells.append(torch.addcmul(i * g, f, cells[-1]))
        squashed.append(cells[-1].tanh())
        torch.mul(o, squashed[-1], out=hidden[:, step])
    d_hidden = step_output(hidden[:, -1], w_output, b_output, targets)
    d_cell = torch.zeros_like(d_hidden)
    for step in reversed(range(STEPS)):
        # The gates give way to the gradient before their activation.
        i, f, g, o = gates[:, step].split(HIDDEN, -1)
        d_cell += torch.ops.aten.tanh_backward(d_hidden * o, squashed[step])
        sigmoid_backward(d_hidden * squashed[step], o, grad_input=o)
        d_input, d_new = d_cell * g, d_cell * i
        d_forget = d_cell * cells[step]
        d_cell *= f
        sigmoid_backward(d_input, i, grad_input=i)
        sigmoid_backward(d_forget, f, grad_input=f)
        tanh_backward(d_new, g, grad_input=g)
        if step > 0:
            d_hidden = gates[:, step] @ w_hidden
    d_inputs = flat @ w_input[..., :EMBEDDING]
    table.index_add_(0, used, d_inputs.view(-1, EMBEDDING), alpha=-LEARNING_RATE)
    w_input.baddbmm_(flat.mT, inputs, alpha=-LEARNING_RATE)
    w_hidden.baddbmm_(
        gates[:, 1:].flatten(1, 2).mT, hidden[:, :-1].flatten(1, 2), alpha=-LEARNING_RATE
    )
    # The module has two biases, which both take the step.
    d_bias = flat.sum(1)
    b_input.sub_(d_bias, alpha=LEARNING_RATE)
    b_hidden.sub_(d_bias, alpha=LEARNING_RATE)


class BatchedTrainer:
    def __init__(self, name, data):
        self.shapes = [parameter.shape for parameter in workload.make_model(name).parameters()]
        self.step = {"lstm": step_lstm, "logistic": step_logistic}[name]
        apps, context, targets = (tensor.unflatten(1, (-1, BATCH)) for tensor in data)
        # [client, batch of the epoch, …], made once, ahead of the rounds.
        if name == "lstm":
            context = context.transpose(2, 3).flatten(2, 3).contiguous()
        else:
            context = context.flatten(3)
        self.data = apps.transpose(2, 3).flatten(2).contiguous(), context, targets.unsqueeze(-1)

    @torch.inference_mode()
    def train(self, weights, clients):
        """The sum of the clients' weights after local training."""
        parts = weights.split([shape.numel() for shape in self.shapes])
        parameters = [
            part.view(shape).repeat(len(clients), *(1 for _ in shape))
            for part, shape in zip(parts, self.shapes)
        ]
        chosen = [tensor[clients] for tensor in self.data]
        for batch in range(workload.SEQUENCES // BATCH):
            self.step(parameters, *(tensor[:, batch] for tensor in chosen))
        return torch.cat([parameter.sum(0).flatten() for parameter in parameters])


def main():
    check = "--check" in sys.argv and not sys.argv.remove("--check")
    options = workload.arguments()
    workload.threads()
    data = workload.make_data()
    plain, batched = Trainer(options.model, data), BatchedTrainer(options.model, data)
    initial = plain.weights.clone()
    if check:
        difference = batched.train(initial, [3, 7]).clone()
        for client in (3, 7):
            plain.train(initial, client)
            difference -= plain.weights
        print("largest difference from bare_torch.py:", float(difference.abs().max()))
        return
    seconds, weights = federated_averaging(
        batched.train, initial, options.processes, options.rounds, CHUNK[options.model]
    )
    workload.report(seconds, [plain.loss(initial), plain.loss(weights)])


if __name__ == "__main__":
    main()
