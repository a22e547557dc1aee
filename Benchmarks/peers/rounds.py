"""FedAvg rounds over forked processes that share memory: what the two bare PyTorch scripts use."""

import time

import torch
from torch import multiprocessing

import workload


def federated_averaging(train, weights, processes, rounds, chunk):
    """Runs the rounds; returns the seconds of each and the final weights.

    `train(weights, clients)` gives the sum of the clients' weights after local training. The
    processes take the cohort in chunks, whoever is free first.
    """
    fork = multiprocessing.get_context("fork")
    weights = weights.clone().share_memory_()
    sums = torch.zeros(processes, weights.numel()).share_memory_()
    taken, barrier = fork.Value("i", 0), fork.Barrier(processes)
    cohorts = workload.cohorts(rounds)

    def take():
        with taken.get_lock():
            taken.value += chunk
            return taken.value - chunk

    def work(rank, cohort):
        sums[rank].zero_()
        while (start := take()) < len(cohort):
            sums[rank] += train(weights, cohort[start : start + chunk])

    def follow(rank):
        for cohort in cohorts:
            barrier.wait()
            work(rank, cohort)
            barrier.wait()

    helpers = [fork.Process(target=follow, args=(rank,)) for rank in range(1, processes)]
    for helper in helpers:
        helper.start()
    seconds = []
    for cohort in cohorts:
        start = time.perf_counter()
        taken.value = 0
        barrier.wait()
        work(0, cohort)
        barrier.wait()
        weights.copy_(sums.sum(0) / len(cohort))
        seconds.append(time.perf_counter() - start)
    for helper in helpers:
        helper.join()
    return seconds, weights
