"""A plain PyTorch loop: one client after another, autograd, SGD by hand on one flat vector."""

import torch

import workload
from rounds import federated_averaging


class Trainer:
    """Trains clients with a module whose parameters and gradients are views of flat vectors."""

    def __init__(self, name, data):
        self.model = workload.make_model(name)
        # A client's batches are cut once, ahead of the rounds.
        self.batches = [
            list(zip(*(tensor.split(workload.BATCH) for tensor in client))) for client in zip(*data)
        ]
        parameters = list(self.model.parameters())
        count = sum(parameter.numel() for parameter in parameters)
        self.weights, self.gradient = torch.empty(count), torch.zeros(count)
        start = 0
        for parameter in parameters:
            end = start + parameter.numel()
            self.weights[start:end] = parameter.data.flatten()
            parameter.data = self.weights[start:end].view_as(parameter)
            parameter.grad = self.gradient[start:end].view_as(parameter)
            start = end

    def train(self, weights, client):
        """Local training of one client from these weights; the result is in `self.weights`."""
        self.weights.copy_(weights)
        for batch in self.batches[client]:
            self.gradient.zero_()
            self.model.loss(*batch).backward()
            self.weights.sub_(self.gradient, alpha=workload.LEARNING_RATE)

    def loss(self, weights, clients=range(20)):
        """Mean training loss of some clients."""
        self.weights.copy_(weights)
        with torch.no_grad():
            chosen = [batch for client in clients for batch in self.batches[client]]
            return float(torch.stack([self.model.loss(*batch) for batch in chosen]).mean())


def main():
    options = workload.arguments()
    workload.threads()
    trainer = Trainer(options.model, workload.make_data())

    def train(weights, clients):
        total = torch.zeros_like(weights)
        for client in clients:
            trainer.train(weights, client)
            total += trainer.weights
        return total

    initial = trainer.weights.clone()
    seconds, weights = federated_averaging(
        train, initial, options.processes, options.rounds, chunk=1
    )
    workload.report(seconds, [trainer.loss(initial), trainer.loss(weights)])


if __name__ == "__main__":
    main()
