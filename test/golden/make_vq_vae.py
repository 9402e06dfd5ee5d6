# Golden values of the tokenizer of images: VQ-VAE with strided convolutions of torch, forward and backward. Run by hand with the packages of
# requirements.txt; read by src/networks/generators/vq-vae.test.ts.
#
#   /tmp/golden/bin/python test/golden/make_vq_vae.py
#
# Parameters and pixels are sines of their places, so that only results are kept. A gradient is kept as its first values and its sum.
import json
import math
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE, STRIDES, CHANNELS, LAYERS, INNER, CODES, DIM, COST = 16, [2, 2], [6, 8], 1, 5, 12, 4, 0.25


def sines(shape, phase, scale):
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(0.7 * i + phase) for i in range(n)], dtype=torch.float64).reshape(shape).float()


shapes = {"embedding.weight": (CODES, DIM)}
inputs = [3] + CHANNELS
for i, p in enumerate(STRIDES):
    shapes[f"encoder.down.{i}.weight"] = (CHANNELS[i], p * p * inputs[i])
    shapes[f"encoder.down.{i}.bias"] = (CHANNELS[i],)
    k = len(STRIDES) - 1 - i
    shapes[f"decoder.up.{k}.weight"] = (p * p * inputs[i], CHANNELS[i])
    shapes[f"decoder.up.{k}.bias"] = (p * p * inputs[i],)
for part in ("encoder", "decoder"):
    for i in range(LAYERS):
        shapes[f"{part}.residual.{i}.conv.weight"] = (INNER, CHANNELS[-1], 3, 3)
        shapes[f"{part}.residual.{i}.conv.bias"] = (INNER,)
        shapes[f"{part}.residual.{i}.out.weight"] = (CHANNELS[-1], INNER)
        shapes[f"{part}.residual.{i}.out.bias"] = (CHANNELS[-1],)
shapes["encoder.out.weight"] = (DIM, CHANNELS[-1])
shapes["encoder.out.bias"] = (DIM,)
shapes["decoder.into.weight"] = (CHANNELS[-1], DIM)
shapes["decoder.into.bias"] = (CHANNELS[-1],)
w = {name: sines(shapes[name], k, 0.4).requires_grad_() for k, name in enumerate(sorted(shapes))}


def residual(x, part, i):
    y = F.relu(F.conv2d(F.relu(x), w[f"{part}.residual.{i}.conv.weight"], w[f"{part}.residual.{i}.conv.bias"], padding=1))
    return x + F.conv2d(y, w[f"{part}.residual.{i}.out.weight"][:, :, None, None], w[f"{part}.residual.{i}.out.bias"])


def encode(x):
    # A cell's channels are the last axis of its values: [out, p, p, in] as a kernel is [out, in, p, p].
    for i, p in enumerate(STRIDES):
        kernel = w[f"encoder.down.{i}.weight"].reshape(CHANNELS[i], p, p, inputs[i]).permute(0, 3, 1, 2)
        x = F.conv2d(x, kernel, w[f"encoder.down.{i}.bias"], stride=p)
        if i + 1 < len(STRIDES):
            x = F.relu(x)
    for i in range(LAYERS):
        x = residual(x, "encoder", i)
    x = F.conv2d(F.relu(x), w["encoder.out.weight"][:, :, None, None], w["encoder.out.bias"])
    return F.normalize(x.flatten(2).transpose(1, 2), dim=-1)


def decode(v):
    side = SIZE // math.prod(STRIDES)
    x = F.linear(v, w["decoder.into.weight"], w["decoder.into.bias"]).transpose(1, 2).reshape(len(v), CHANNELS[-1], side, side)
    for i in range(LAYERS):
        x = residual(x, "decoder", i)
    for k, p in enumerate(reversed(STRIDES)):
        c = inputs[len(STRIDES) - 1 - k]
        kernel = w[f"decoder.up.{k}.weight"].reshape(p, p, c, -1).permute(3, 2, 0, 1)
        x = F.conv_transpose2d(F.relu(x), kernel, stride=p)
        bias = w[f"decoder.up.{k}.bias"].reshape(p, p, c).permute(2, 0, 1)
        x = x + bias.repeat(1, x.shape[2] // p, x.shape[3] // p)
    return x


pixels = sines((2, 3, SIZE, SIZE), 0.3, 0.9)
vectors = encode(pixels)
codebook = F.normalize(w["embedding.weight"], dim=-1)
codes = torch.cdist(vectors.detach(), codebook.detach()[None].expand(2, -1, -1)).argmin(-1)
found = codebook[codes]
image = decode(vectors + (found - vectors).detach())
loss = F.mse_loss(image, pixels) + F.mse_loss(found, vectors.detach()) + COST * F.mse_loss(vectors, found.detach())
loss.backward()
facts = {
    "config": {"image_size": SIZE, "strides": STRIDES, "channels": CHANNELS, "num_res_layers": LAYERS, "res_channels": INNER, "num_embeddings": CODES,
               "embedding_dim": DIM, "commitment_cost": COST},
    "shapes": {name: list(shapes[name]) for name in sorted(shapes)},
    "codes": codes.flatten().tolist(),
    "vectors": vectors.detach().flatten()[:40].tolist(),
    "image": image.detach().flatten()[:200].tolist(),
    "loss": loss.item(),
    "gradients": {name: [*w[name].grad.flatten()[:4].tolist(), w[name].grad.sum().item()] for name in sorted(shapes)},
}
with open(os.path.join(HERE, "vq-vae.json"), "w") as file:
    json.dump(facts, file)
    file.write("\n")
