"""pfl-research: FederatedAveraging on SimulatedBackend, the way its own benchmarks set it up.

More processes run under torchrun with torch.distributed over gloo; compare.py starts it so.
Tuned: users' tensors made once and kept, so that pfl caches their batches; local training is
pfl's own loop with the quickest of torch's three SGDs; no
metrics, no evaluation.
"""

import os
import sys
import time

import numpy as np
import torch
from pfl.aggregate.simulate import SimulatedBackend
from pfl.aggregate.weighting import WeightByUser
from pfl.algorithm.base import NNAlgorithmParams
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.callback.base import TrainingProcessCallback
from pfl.data.federated_dataset import FederatedDataset
from pfl.data.pytorch import PyTorchTensorDataset
from pfl.data.sampling import get_user_sampler
from pfl.hyperparam import NNEvalHyperParams, NNTrainHyperParams
from pfl.metrics import Metrics, Weighted
from pfl.model.pytorch import PyTorchModel

import workload


class RoundClock(TrainingProcessCallback):
    """Seconds from the end of one round to the end of the next."""

    def on_train_begin(self, *, model):
        self.last, self.seconds = time.perf_counter(), []
        return Metrics()

    def after_central_iteration(self, aggregate_metrics, model, *, central_iteration):
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now
        return False, Metrics()


def make_model(name):
    module = workload.make_model(name)
    # pfl asks for metrics in its first round, whatever the frequency: this costs nothing.
    module.metrics = lambda *batch: {"none": Weighted(0.0, 1.0)}
    return PyTorchModel(
        module,
        local_optimizer_create=lambda *args, **options: torch.optim.SGD(
            *args, fused=name == "lstm", **options
        ),
        central_optimizer=torch.optim.SGD(module.parameters(), lr=1.0),
    )


def mean_loss(model, users):
    with torch.no_grad():
        return float(np.mean([float(model.pytorch_model.loss(*user.raw_data)) for user in users]))


def main():
    options = workload.arguments()
    workload.threads()
    np.random.seed(1)
    model = make_model(options.model)
    users = [PyTorchTensorDataset(client) for client in zip(*workload.make_data())]
    population = FederatedDataset(
        users.__getitem__, get_user_sampler("minimize_reuse", list(range(workload.CLIENTS)))
    )
    clock = RoundClock()
    initial = mean_loss(model, users[:20])
    FederatedAveraging().run(
        NNAlgorithmParams(
            central_num_iterations=options.rounds,
            evaluation_frequency=options.rounds,
            train_cohort_size=workload.COHORT,
            val_cohort_size=None,
        ),
        SimulatedBackend(population, population, postprocessors=[WeightByUser()]),
        model,
        NNTrainHyperParams(
            local_num_epochs=1,
            local_learning_rate=workload.LEARNING_RATE,
            local_batch_size=workload.BATCH,
        ),
        NNEvalHyperParams(local_batch_size=None),
        callbacks=[clock],
        send_metrics_to_platform=False,
    )
    if int(os.environ.get("RANK", 0)) == 0:
        workload.report(clock.seconds, [initial, mean_loss(model, users[:20])])
    if torch.distributed.is_initialized():
        # Threads that gloo leaves running abort the interpreter, now and then, as it ends.
        torch.distributed.barrier()
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
