"""The Flower client. A module of its own: Ray then pickles it by name, not with its data.

(Left in `__main__`, every message would carry the trainer; that takes all memory there is.)
"""

import torch
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

import workload
from bare_torch import Trainer

client_app = ClientApp()
trainers = {}


def trainer_for(name):
    """The trainer of this process, made when first asked for."""
    if name not in trainers:
        workload.threads()
        trainers[name] = Trainer(name, workload.make_data())
    return trainers[name]


@client_app.train()
def train(message: Message, context: Context):
    trainer = trainer_for(message.content["config"]["model"])
    (weights,) = message.content["arrays"].to_numpy_ndarrays()
    trainer.train(torch.from_numpy(weights.copy()), context.node_config["partition-id"])
    content = RecordDict(
        {
            "arrays": ArrayRecord([trainer.weights.numpy()]),
            "metrics": MetricRecord({"num-examples": workload.SEQUENCES}),
        }
    )
    return Message(content=content, reply_to=message)
