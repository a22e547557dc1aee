"""Flower: the message API on the Ray simulation runtime, 1 or 2 clients at a time.

Tuned: one CPU per client and as many CPUs for Ray as clients run at a time; the whole model as one
array; local training is bare_torch.py's; every Ray actor makes the data once, at its first client;
telemetry and dashboard off; `run_simulation` runs in this process, with no daemon to start.
"""

import os
import time

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import torch
from flwr.app import ArrayRecord, ConfigRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

import workload
from flower_client import client_app, trainer_for


class TimedFedAvg(FedAvg):
    """FedAvg that notes when each round is over, and takes no round with clients missing."""

    def __init__(self, **options):
        super().__init__(**options)
        self.ends = [time.perf_counter()]

    def aggregate_train(self, server_round, replies):
        replies = list(replies)
        if len(replies) != workload.COHORT or any(reply.has_error() for reply in replies):
            raise RuntimeError(f"round {server_round} lost clients")
        arrays, metrics = super().aggregate_train(server_round, replies)
        self.ends.append(time.perf_counter())
        return arrays, metrics


def main():
    options = workload.arguments()
    parameters = workload.make_model(options.model).parameters()
    initial = torch.cat([parameter.detach().flatten() for parameter in parameters])
    strategy = TimedFedAvg(
        fraction_train=workload.COHORT / workload.CLIENTS,
        fraction_evaluate=0.0,
        min_train_nodes=workload.COHORT,
        min_available_nodes=workload.CLIENTS,
    )
    results = []
    server_app = ServerApp()

    @server_app.main()
    def serve(grid: Grid, context: Context):
        results.append(
            strategy.start(
                grid=grid,
                initial_arrays=ArrayRecord([initial.numpy()]),
                train_config=ConfigRecord({"model": options.model}),
                num_rounds=options.rounds,
                timeout=150,
            )
        )

    run_simulation(
        server_app=server_app,
        client_app=client_app,
        num_supernodes=workload.CLIENTS,
        backend_config={
            "init_args": {"num_cpus": options.processes, "include_dashboard": False},
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
        },
    )
    ends = strategy.ends
    (weights,) = results[0].arrays.to_numpy_ndarrays()
    trainer = trainer_for(options.model)
    losses = [trainer.loss(initial), trainer.loss(torch.from_numpy(weights.copy()))]
    workload.report([end - start for start, end in zip(ends, ends[1:])], losses)


if __name__ == "__main__":
    main()
