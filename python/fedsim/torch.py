"""Vectors of a PyTorch module and back."""

import torch

from .client import Update

# A worker is one process beside others, and other numbers of threads give other bits.
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def flat(module):
    """All parameters of a module as one vector of float32, which later training leaves alone."""
    return torch.cat([p.detach().reshape(-1) for p in module.parameters()]).float().numpy()


def load(module, model):
    """Writes a vector into the parameters of a module, and returns it."""
    values = torch.from_numpy(model.copy())
    place = 0
    with torch.no_grad():
        for parameter in module.parameters():
            count = parameter.numel()
            parameter.copy_(values[place : place + count].view_as(parameter))
            place += count
    if place != values.numel():
        raise ValueError(f"the model has {values.numel()} numbers, and the module has {place}")
    return module


def update(module, model, examples, loss=0.0):
    """The update of a module that was trained from `model`."""
    return Update(flat(module) - model, examples, float(loss))
