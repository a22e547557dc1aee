"""Rounds of federated algorithms on three clients and one parameter, in float64 NumPy.

f_i(w) = a_i/2 (w - b_i)^2, so the gradient is a_i (w - b_i), and every number can be checked by hand.
K local steps of gradient descent with rate 0.1 from w = 1. Writes algorithms.json beside itself:
    python3 algorithms.py
"""
import json
import pathlib

import numpy as np

A = np.array([1.0, 2.0, 4.0])     # curvatures
B = np.array([0.0, 3.0, -1.0])    # minimisers; the optimum of the mean is sum(A*B)/sum(A) = 2/7
N = 3
OPT = float((A * B).sum() / A.sum())
grad = lambda i, w: A[i] * (w - B[i])
loss = lambda i, w: 0.5 * A[i] * (w - B[i]) ** 2

def local(i, w0, lr, K, extra=lambda w: 0.0):
    w = w0
    for _ in range(K):
        w = w - lr * (grad(i, w) + extra(w))
    return w

def fedavg(w, rounds, lr=0.1, K=5, mu=0.0, eta=1.0):
    out = []
    for _ in range(rounds):
        d = np.mean([local(i, w, lr, K, lambda v: mu * (v - w)) - w for i in range(N)])
        w = w + eta * d
        out.append(w)
    return out

# --- SCAFFOLD (Karimireddy et al. 2020, Algorithm 1; uniform weights) ---------------------------------
def scaffold(rounds, cohorts, lr=0.1, K=5, eta=1.0, option=2, sign=+1, lose=None, commit_lost=False, forget=None):
    """sign=-1 reproduces pfl-research 0.6.0: control variates hold minus the gradient.
    lose(round, client): the upload does not arrive; commit_lost: the client keeps its new c_i all the same."""
    w, c, ci, out = 1.0, 0.0, np.zeros(N), []
    for t in range(rounds):
        S = cohorts[t % len(cohorts)]
        dy, dc = [], []
        for i in S:
            y = local(i, w, lr, K, lambda v, i=i: c - ci[i])
            new = sign * grad(i, w) if option == 1 else ci[i] - c + sign * (w - y) / (K * lr)
            arrived = lose is None or not lose(t, i)
            if arrived:
                dy.append(y - w); dc.append(new - ci[i])
            told = forget is None or not forget(t, i)     # included, but the client never hears of it
            if (arrived and told) or (not arrived and commit_lost):
                ci[i] = new
        if dy:
            w += eta * np.mean(dy)
            c += np.sum(dc) / N
        out.append((w, c, ci.copy()))
    return out

def scaffold_one_vector(rounds, cohorts, lr=0.1, K=5, eta=1.0):
    """Option II with the same K for all: the server makes c from the sum of the updates alone."""
    w, c, ci, out = 1.0, 0.0, np.zeros(N), []
    for t in range(rounds):
        S = cohorts[t % len(cohorts)]
        total = 0.0
        for i in S:
            y = local(i, w, lr, K, lambda v, i=i: c - ci[i])
            ci[i] = ci[i] - c + (w - y) / (K * lr)
            total += y - w
        c_new = c - len(S) / N * c - total / (N * K * lr)
        w += eta * total / len(S)
        c = c_new
        out.append((w, c, ci.copy()))
    return out

# --- FedNova (Wang et al. 2020), p_i uniform ----------------------------------------------------------
def nova_norm(steps, momentum=0.0, lr=0.1, mu=0.0):
    """|a_i|_1 as in JYWa/FedNova: plain SGD, local momentum, proximal."""
    counter = norm = 0.0
    for _ in range(steps):
        if momentum: counter = counter * momentum + 1; norm += counter
        if mu: norm = norm * (1 - lr * mu) + 1
        if not momentum and not mu: norm += 1
    return norm

def fednova(w, rounds, steps=(2, 5, 9), lr=0.1, momentum=0.0, mu=0.0):
    out = []
    for _ in range(rounds):
        d, a = [], []
        for i in range(N):
            v, buf, start = w, 0.0, w
            for k in range(steps[i]):
                g = grad(i, v)
                if momentum: buf = momentum * buf + g if k else g; g = buf
                if mu: g = g + mu * (v - start)          # not into the buffer
                v -= lr * g
            d.append(w - v); a.append(nova_norm(steps[i], momentum, lr, mu))
        a = np.array(a)
        tau = np.mean(steps if mu else a)
        w = w - tau * np.mean(np.array(d) / a)
        out.append(w)
    return out

# --- FedDyn (Acar et al. 2021) ------------------------------------------------------------------------
def feddyn(rounds, cohorts, alpha=0.1, lr=0.1, K=5):
    w, h, g, out = 1.0, 0.0, np.zeros(N), []
    for t in range(rounds):
        S = cohorts[t % len(cohorts)]; th = []
        for i in S:
            y = local(i, w, lr, K, lambda v, i=i: -g[i] + alpha * (v - w))
            g[i] -= alpha * (y - w); th.append(y)
        h -= alpha / N * sum(y - w for y in th)           # the sum is over both terms: alpemreacar/FedDyn#2, FedLab#319
        w = np.mean(th) - h / alpha
        out.append((w, np.mean(th)))                      # model sent, model evaluated
    return out

# --- Mime / MimeLite with momentum (Karimireddy et al. 2021, as in fedjax: sgd(lr, momentum), m <- beta m + g)
def mime(rounds, lite, lr=0.1, K=5, beta=0.9, eta=1.0):
    w, m, out = 1.0, 0.0, []
    for _ in range(rounds):
        G = np.mean([grad(i, w) for i in range(N)])
        d = []
        for i in range(N):
            v = w
            for _k in range(K):
                g = grad(i, v) if lite else grad(i, v) - grad(i, w) + G
                v -= lr * (beta * m + g)                  # m itself stays as it is
            d.append(w - v)
        w -= eta * np.mean(d)
        m = beta * m + G                                  # gradient at the old model
        out.append(w)
    return out

# --- q-FedAvg (Li et al. 2020) ------------------------------------------------------------------------
def qfedavg(rounds, q, lr=0.1, K=5):
    w, out = 1.0, []
    for _ in range(rounds):
        D = H = 0.0
        for i in range(N):
            F = loss(i, w) + 1e-10                        # loss of the model that was sent, all local examples
            u = (w - local(i, w, lr, K)) / lr
            D += F ** q * u
            H += q * F ** (q - 1) * u * u + F ** q / lr
        w -= D / H
        out.append(w)
    return out

# --- personalisation ----------------------------------------------------------------------------------
def ditto(rounds, lam, lr=0.1, K=5):
    w, v, out = 1.0, np.full(N, 1.0), []
    for _ in range(rounds):
        new = []
        for i in range(N):
            y = w
            for _k in range(K):                           # litian96/ditto: local step and global step on the same batch
                v[i] -= lr * (grad(i, v[i]) + lam * (v[i] - w))
                y -= lr * grad(i, y)
            new.append(y)
        w = np.mean(new); out.append((w, v.copy()))
    return out


def apfl(rounds, adapt, alpha0=0.5, lr=0.1, K=5):
    """Parameters are mixed; the gradient at the mixture carries the factor alpha; all move in each step."""
    w, v, al, out = 1.0, np.full(N, 1.0), np.full(N, alpha0), []
    for _ in range(rounds):
        new = []
        for i in range(N):
            y = w
            for _k in range(K):
                g, gy, vi = grad(i, al[i] * v[i] + (1 - al[i]) * y), grad(i, y), v[i]
                v[i] -= lr * g * al[i]
                if adapt: al[i] = min(1.0, max(0.0, al[i] - lr * (vi - y) * g))
                y -= lr * gy
            new.append(y)
        w = np.mean(new); out.append((w, v.copy(), al.copy()))
    return out


def fedrep(rounds, lr=0.1, head_steps=2, body_steps=3, joint=False, mu=0.0):
    """Body u (shared) and head v_i (own), f_i = a_i/2 (u v_i - b_i)^2; joint: FedPer. mu pulls the body
    alone towards what was sent, as FedProx does."""
    u, v, out = 1.0, np.full(N, 0.5), []
    for _ in range(rounds):
        us = []
        for i in range(N):
            ul = u
            residual = lambda: A[i] * (ul * v[i] - B[i])
            if joint:
                for _k in range(head_steps + body_steps):
                    g = residual(); ul, v[i] = ul - lr * (g * v[i] + mu * (ul - u)), v[i] - lr * g * ul
            else:
                for _k in range(head_steps): v[i] -= lr * residual() * ul
                for _k in range(body_steps): ul -= lr * (residual() * v[i] + mu * (ul - u))
            us.append(ul)
        u = np.mean(us); out.append((u, v.copy()))
    return out


full, half = [(0, 1, 2)], [(0, 1), (1, 2), (0, 2)]
lost = lambda t, i: (t + i) % 4 == 0
w = lambda rows: [float(row[0]) for row in rows]
vectors = {
    "optimum": OPT,
    "fedavg": fedavg(1.0, 3),
    "fedavg_400": fedavg(1.0, 400)[-1],
    "fedprox_1": fedavg(1.0, 3, mu=1.0),
    "fedprox_001": fedavg(1.0, 1, mu=0.01),
    "scaffold_1": w(scaffold(3, full, option=1)),
    "scaffold_1_controls": [scaffold(1, full, option=1)[0][1], *map(float, scaffold(1, full, option=1)[0][2])],
    "scaffold_2": w(scaffold(3, full)),
    "scaffold_2_controls": [scaffold(1, full)[0][1], *map(float, scaffold(1, full)[0][2])],
    "scaffold_half": w(scaffold(3, half)),
    "scaffold_half_control": float(scaffold(3, half)[-1][1]),
    "scaffold_lost_kept": float(scaffold(400, half, lose=lost, commit_lost=True)[-1][0]),
    "scaffold_lost_forgotten": float(scaffold(400, half, forget=lost)[-1][0]),
    "fednova": fednova(1.0, 3),
    "fednova_momentum": fednova(1.0, 2, momentum=0.9),
    "fednova_norms": [nova_norm(s, 0.9) for s in (2, 5, 9)],
    "fednova_mu": fednova(1.0, 2, mu=1.0),
    "fednova_mu_norms": [nova_norm(s, 0, 0.1, 1.0) for s in (2, 5, 9)],
    "fednova_2000": fednova(1.0, 2000)[-1],
    "feddyn_sent": w(feddyn(3, full)),
    "feddyn_mean": [float(row[1]) for row in feddyn(3, full)],
    "feddyn_half": w(feddyn(3, half, alpha=1.0)),
    "mimelite": mime(3, True),
    "ditto": [float(v) for v in ditto(3, 1.0)[-1][1]],
    "apfl": [apfl(2, False)[-1][0], *apfl(2, False)[-1][1]],
    "apfl_adapting": [apfl(2, True)[-1][0], *apfl(2, True)[-1][1], *apfl(2, True)[-1][2]],
    "fedrep": [fedrep(2)[-1][0], *fedrep(2)[-1][1]],
    "fedrep_prox": [fedrep(2, mu=0.5)[-1][0], *fedrep(2, mu=0.5)[-1][1]],
    "fedper": [fedrep(2, joint=True)[-1][0], *fedrep(2, joint=True)[-1][1]],
    "fedper_prox": [fedrep(2, joint=True, mu=0.5)[-1][0], *fedrep(2, joint=True, mu=0.5)[-1][1]],
    "qfedavg_01": qfedavg(3, 0.1),
    "qfedavg_1": qfedavg(3, 1.0),
    "qfedavg_5": qfedavg(3, 5.0),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({k: v if isinstance(v, list) else [v] for k, v in vectors.items()}, indent=1, default=float) + "\n")
