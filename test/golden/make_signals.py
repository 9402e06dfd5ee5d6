# Golden values of NExT-GPT's output projection: torch's TransformerDecoder with its norms first, between two linear layers, on learned queries; forward and
# backward. Run by hand with the packages of requirements.txt; read by src/networks/generators/signals.test.ts.
#
#   /tmp/golden/bin/python test/golden/make_signals.py
import json
import math
import os

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
HIDDEN, WIDTH, HEADS, LAYERS, TOKENS, ROWS, SIZE = 6, 8, 2, 2, 3, 4, 5


def sines(shape, phase, scale):
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(0.7 * i + phase) for i in range(n)], dtype=torch.float64).reshape(shape).float()


class Projector(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(HIDDEN, WIDTH)
        layer = nn.TransformerDecoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.0, norm_first=True, batch_first=True)
        self.tfm = nn.TransformerDecoder(layer, LAYERS)
        self.model = nn.Linear(WIDTH, SIZE)
        self.query_embs = nn.Parameter(torch.zeros(1, ROWS, WIDTH))

    def forward(self, states):
        return self.model(self.tfm(self.query_embs.repeat(len(states), 1, 1), self.fc(states)))


projector = Projector().train()
parameters = dict(projector.named_parameters())
names = sorted(parameters)
with torch.no_grad():
    for k, name in enumerate(names):
        parameters[name].copy_(sines(tuple(parameters[name].shape), k, 0.4))
states = sines((2, TOKENS, HIDDEN), 0.3, 1.0).requires_grad_()
out = projector(states)
loss = ((out - sines(tuple(out.shape), 1.9, 1.0)) ** 2).mean()
loss.backward()
facts = {
    "hidden": HIDDEN, "width": WIDTH, "heads": HEADS, "layers": LAYERS, "tokens": TOKENS, "rows": ROWS, "size": SIZE,
    "shapes": {name: list(parameters[name].shape) for name in names},
    "out": out.detach().flatten().tolist(),
    "loss": loss.item(),
    "states": states.grad.flatten().tolist(),
    "gradients": {name: [*parameters[name].grad.flatten()[:4].tolist(), parameters[name].grad.sum().item()] for name in names},
}
with open(os.path.join(HERE, "signals.json"), "w") as file:
    json.dump(facts, file)
    file.write("\n")
