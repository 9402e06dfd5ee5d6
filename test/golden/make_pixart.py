# Golden values of the generator's transformer: diffusers' PixArtTransformer2DModel, forward and backward, and the flow-matching loss over it.
# Run by hand with the packages of requirements.txt and diffusers==0.35.2; read by src/networks/generators/generator.test.ts.
#
#   /tmp/golden/bin/python test/golden/make_pixart.py
#
# Parameters and inputs are sines of their places, so that only results are kept. A gradient is kept as its first values and its sum.
import json
import math
import os

import torch
from diffusers import PixArtTransformer2DModel

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE, PATCH, ROWS, WIDTH = 8, 2, 3, 6


def sines(shape, phase, scale):
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(0.7 * i + phase) for i in range(n)], dtype=torch.float64).reshape(shape).float()


model = PixArtTransformer2DModel(
    num_attention_heads=2, attention_head_dim=8, in_channels=3, out_channels=3, num_layers=2, sample_size=SIZE, patch_size=PATCH,
    cross_attention_dim=16, caption_channels=WIDTH, interpolation_scale=1, use_additional_conditions=False,
)
names = sorted(name for name, _ in model.named_parameters())
parameters = dict(model.named_parameters())
with torch.no_grad():
    for k, name in enumerate(names):
        parameters[name].copy_(sines(tuple(parameters[name].shape), k, 0.3))

image, noise = (sines((2, 3, SIZE, SIZE), phase, 1.0) for phase in (0.1, 2.3))
t = torch.tensor([0.25, 0.98])
rows = sines((2, ROWS, WIDTH), 1.1, 1.0)
share = t.reshape(2, 1, 1, 1)
x = share * image + (1 - share) * noise
said = model(x, encoder_hidden_states=rows, timestep=t * 1000, added_cond_kwargs={"resolution": None, "aspect_ratio": None}).sample
left = (1 - t).clamp(min=0.05).reshape(2, 1, 1, 1)
# The velocity that follows from the image expected, and the one from noise to image, with the same bound.
loss = (((said - x) / left - (image - x) / left) ** 2).mean()
loss.backward()
facts = {
    "size": SIZE, "patch": PATCH, "rows": ROWS, "width": WIDTH, "times": t.tolist(),
    "shapes": {name: list(parameters[name].shape) for name in names},
    "image": said.detach().flatten().tolist(),
    "loss": loss.item(),
    "gradients": {name: [*parameters[name].grad.flatten()[:4].tolist(), parameters[name].grad.sum().item()] for name in names},
}
with open(os.path.join(HERE, "pixart.json"), "w") as file:
    json.dump({k: v for k, v in facts.items()}, file)
    file.write("\n")
