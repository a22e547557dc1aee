#!/usr/bin/env python3
"""Copies the curves of finished or running runs to TensorBoard, MLflow or Weights & Biases.

Usage: export-metrics.py tensorboard|mlflow|wandb FOLDER... [--out DIR] [--project NAME]

FOLDER is a run or a sweep, whose runs are taken one by one. Read are rounds.csv, evaluation.csv and config.yaml, with
Python's own library; the tracker's own package has to be installed (tensorboardX or torch, mlflow, wandb). The
step is the round. Metrics are named <split>/<predictor>/<metric>, those of a round rounds/<column>.
"""

import argparse
import csv
import json
import math
import pathlib
import sys


def runs_of(folder):
    """The run folders in a folder: itself, or those of a sweep in their order."""
    folder = pathlib.Path(folder)
    if (folder / "sweep.yaml").exists():
        return sorted(path.parent for path in folder.glob("runs/*/config.yaml"))
    if (folder / "config.yaml").exists():
        return [folder]
    sys.exit(f"{folder}: is neither a run nor a sweep")


def settings_of(run):
    """The key paths of config.yaml with their values as text; fedsim writes one key a line."""
    settings, groups = {}, []
    for line in (run / "config.yaml").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        key, _, value = text.partition(":")
        depth = (len(line) - len(line.lstrip())) // 2
        groups = groups[:depth] + [key]
        if value.strip():
            settings[".".join(groups)] = value.strip().strip("'\"")
    return settings


def points_of(run):
    """(name, step, value) of every number that is one."""
    def number(text):
        try:
            value = float(text)
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    for row in csv.DictReader((run / "rounds.csv").open(encoding="utf-8", newline="")):
        for column, text in row.items():
            if column != "round" and (value := number(text)) is not None:
                yield f"rounds/{column}", int(row["round"]), value
    labels = ("round", "split", "predictor")
    for row in csv.DictReader((run / "evaluation.csv").open(encoding="utf-8", newline="")):
        for column, text in row.items():
            if column not in labels and (value := number(text)) is not None:
                yield f"{row['split']}/{row['predictor']}/{column}", int(row["round"]), value


def to_tensorboard(run, options):
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        from torch.utils.tensorboard import SummaryWriter
    writer = SummaryWriter(str(pathlib.Path(options.out) / run.name))
    writer.add_text("config", json.dumps(settings_of(run), indent=1), 0)
    for name, step, value in points_of(run):
        writer.add_scalar(name, value, step)
    writer.close()


def to_mlflow(run, options):
    import mlflow

    mlflow.set_experiment(options.project)
    with mlflow.start_run(run_name=run.name):
        mlflow.log_params(settings_of(run))
        for name, step, value in points_of(run):
            mlflow.log_metric(name, value, step=step)
        mlflow.log_artifact(str(run / "config.yaml"))


def to_wandb(run, options):
    import wandb

    tracked = wandb.init(project=options.project, name=run.name, config=settings_of(run))
    steps = {}
    for name, step, value in points_of(run):
        steps.setdefault(step, {})[name] = value
    for step in sorted(steps):
        tracked.log(steps[step], step=step)
    tracked.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tracker", choices=["tensorboard", "mlflow", "wandb"])
    parser.add_argument("folder", nargs="+")
    parser.add_argument("--out", default="tensorboard", help="where TensorBoard's files go")
    parser.add_argument("--project", default="fedsim", help="of MLflow or Weights & Biases")
    options = parser.parse_args()
    send = {"tensorboard": to_tensorboard, "mlflow": to_mlflow, "wandb": to_wandb}[options.tracker]
    for folder in options.folder:
        for run in runs_of(folder):
            send(run, options)
            print(run)


main()
