# Writes test/golden/encoders/: small towers with random weights, pictures, and what PyTorch computes from them. Run by hand with the packages of
# requirements.txt; read by src/networks/encoders/towers.test.ts.
#
#   /tmp/golden/bin/python test/golden/make_encoders.py            all of them
#   /tmp/golden/bin/python test/golden/make_encoders.py dinov2     these
#
# dinov2, dinov2-swiglu, siglip, clip: classes of transformers, at the tower's size and at a larger one that is not square
# (`interpolate_pos_encoding`). convnext: all stages. eva: the layers of EVA-CLIP and EVA-02-CLIP as published, written out here.
import hashlib
import json
import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModel,
    ConvNextConfig,
    ConvNextModel,
    Dinov2Config,
    Dinov2Model,
    SiglipVisionConfig,
    SiglipVisionModel,
)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "encoders")


def randomize(model, name):
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator) * (0.3 if p.dim() > 1 else 0.2)
            p.copy_(noise if p.dim() > 1 else noise + (1.0 if "norm" in key.lower() and key.endswith("weight") else 0.0))
    return model.eval()


def pictures(height, width):
    flat = [np.sin(0.37 * i + 0.11 * (i % 7)) for i in range(3 * height * width)]
    return torch.tensor(np.array(flat), dtype=torch.float32).reshape(1, 3, height, width)


def write(name, model, config, sizes, run, rename=lambda key: key):
    randomize(model, name)
    out = {rename(k): v.detach().clone().contiguous() for k, v in model.named_parameters()}
    for key in [k for k in out if ".mlp.gate_proj." in k]:  # published as one matrix, DINOv2's weights_in
        out[key.replace("gate_proj", "weights_in")] = torch.cat([out.pop(key), out.pop(key.replace("gate_proj", "up_proj"))])
        out[key.replace("gate_proj", "weights_out")] = out.pop(key.replace("gate_proj", "down_proj"))
    for height, width in sizes:
        x = pictures(height, width).requires_grad_()
        for i, y in enumerate(run(model, x)):
            out[f"golden.{height}x{width}.{i}"] = y.detach().contiguous()
            if i == 0:
                y.square().sum().backward()
                out[f"golden.{height}x{width}.grad"] = x.grad.contiguous()
                model.zero_grad()
    os.makedirs(HERE, exist_ok=True)
    save_file(out, os.path.join(HERE, f"{name}.safetensors"))
    with open(os.path.join(HERE, f"{name}.json"), "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")


def dinov2(name, swiglu):
    sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, image_size=12, patch_size=4, layerscale_value=1.0,
                 use_swiglu_ffn=swiglu, mlp_ratio=4)
    model = Dinov2Model(Dinov2Config(**sizes, attn_implementation="eager"))
    # The names of published checkpoints, which transformers 5 has others for in memory.
    names = {"q_proj": "attention.query", "k_proj": "attention.key", "v_proj": "attention.value", "o_proj": "output.dense"}
    published = lambda key: ".".join(names.get(part, part) for part in key.split("."))
    write(name, model, sizes, [(12, 12), (16, 20)], lambda m, x: [m(x).last_hidden_state], published)


def siglip(name):
    sizes = dict(hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, image_size=12, patch_size=4)
    model = SiglipVisionModel(SiglipVisionConfig(**sizes, attn_implementation="eager"))
    write(name, model, sizes, [(12, 12), (16, 20)], lambda m, x: [m(x, interpolate_pos_encoding=True).last_hidden_state],
          lambda key: key if key.startswith("vision_model.") else f"vision_model.{key}")


def clip(name):
    sizes = dict(hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, image_size=12, patch_size=4)
    model = CLIPVisionModel(CLIPVisionConfig(**sizes, attn_implementation="eager"))
    write(name, model, sizes, [(12, 12), (16, 20)],
          lambda m, x: [m(x, output_hidden_states=True, interpolate_pos_encoding=True).hidden_states[-1][:, 1:]],
          lambda key: key if key.startswith("vision_model.") else f"vision_model.{key}")


def convnext(name):
    sizes = dict(hidden_sizes=[6, 8, 10], depths=[1, 2, 1], num_stages=3, patch_size=2, image_size=24, layer_scale_init_value=1.0)
    model = ConvNextModel(ConvNextConfig(**sizes))
    write(name, model, sizes, [(24, 24), (24, 16)],
          lambda m, x: list(reversed(m(x, output_hidden_states=True).hidden_states[1:])))


# EVA-CLIP (Sun et al. 2023; BLIP-2's ViT-g) and EVA-02-CLIP (Fang et al. 2023): biases on queries and values alone; sub-LN, SwiGLU and
# two-dimensional rotary positions, whose pairs are neighbours and whose first half turns with the row.
class EvaLayer(nn.Module):
    def __init__(self, w, inner, heads, o):
        super().__init__()
        self.heads, self.o = heads, o
        self.self_attn = nn.Module()
        a = self.self_attn
        a.k_proj = nn.Linear(w, w, bias=False)
        a.v_proj, a.q_proj, a.out_proj = nn.Linear(w, w), nn.Linear(w, w), nn.Linear(w, w)
        if o["qk_norm"]:
            a.q_norm, a.k_norm = nn.LayerNorm(w // heads), nn.LayerNorm(w // heads)
        if o["sub_norm"]:
            a.inner_attn_ln = nn.LayerNorm(w)
        self.layer_norm1 = nn.LayerNorm(w)
        self.mlp = nn.Module()
        if o["swiglu"]:
            self.mlp.gate = nn.Linear(w, inner)
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(w, inner), nn.Linear(inner, w)
        if o["sub_norm"]:
            self.mlp.ffn_ln = nn.LayerNorm(inner)
        self.layer_norm2 = nn.LayerNorm(w)

    def forward(self, x, cos, sin):
        a, o = self.self_attn, self.o
        split = lambda t: t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        h = self.layer_norm1(x)
        q, k, v = split(a.q_proj(h)), split(a.k_proj(h)), split(a.v_proj(h))
        if o["qk_norm"]:
            q, k = a.q_norm(q), a.k_norm(k)
        if o["rotary"]:
            turn = lambda t: torch.cat([t[:, :, :1], rotated(t[:, :, 1:], cos, sin)], 2)
            q, k = turn(q), turn(k)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + a.out_proj(a.inner_attn_ln(y) if o["sub_norm"] else y)
        h = self.layer_norm2(x)
        y = F.silu(self.mlp.gate(h)) * self.mlp.fc1(h) if o["swiglu"] else F.gelu(self.mlp.fc1(h))
        return x + self.mlp.fc2(self.mlp.ffn_ln(y) if o["sub_norm"] else y)


def rotated(t, cos, sin):
    pairs = t.unflatten(-1, (-1, 2))
    return t * cos + torch.stack((-pairs[..., 1], pairs[..., 0]), -1).flatten(-2) * sin


def angles(d, rows, columns, trained):
    half = d // 2
    freqs = 1.0 / (10000 ** (torch.arange(0, half, 2).float() / half))
    along = lambda n: torch.einsum("i,f->if", torch.arange(n) / n * trained, freqs).repeat_interleave(2, -1)
    grid = torch.cat([along(rows)[:, None].expand(-1, columns, -1), along(columns)[None].expand(rows, -1, -1)], -1)
    return grid.reshape(rows * columns, d)


class Eva(nn.Module):
    def __init__(self, c, o):
        super().__init__()
        self.c, self.o = c, o
        w = c["hidden_size"]
        m = self.vision_model = nn.Module()
        m.embeddings = nn.Module()
        m.embeddings.class_embedding = nn.Parameter(torch.zeros(w))
        m.embeddings.patch_embedding = nn.Conv2d(3, w, c["patch_size"], c["patch_size"], bias=False)
        side = c["image_size"] // c["patch_size"]
        m.embeddings.position_embedding = nn.Embedding(side ** 2 + 1, w)
        m.encoder = nn.Module()
        m.post_layernorm = nn.LayerNorm(w)  # behind the states that are taken
        m.encoder.layers = nn.ModuleList(EvaLayer(w, c["intermediate_size"], c["num_attention_heads"], o) for _ in range(c["num_hidden_layers"]))

    def forward(self, x):
        m, c = self.vision_model, self.c
        e = m.embeddings
        patches = e.patch_embedding(x)
        rows, columns = patches.shape[2:]
        h = torch.cat([e.class_embedding.expand(len(x), 1, -1), patches.flatten(2).transpose(1, 2)], 1)
        side = c["image_size"] // c["patch_size"]
        p = e.position_embedding.weight
        grid = p[1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, size=(rows, columns), mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)[0]
        h = h + torch.cat([p[:1], grid if (rows, columns) != (side, side) else p[1:]])
        a = angles(c["hidden_size"] // c["num_attention_heads"], rows, columns, side)
        for layer in m.encoder.layers:
            h = layer(h, a.cos(), a.sin())
        return h[:, 1:]


def eva(name, **options):
    sizes = dict(hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, image_size=12, patch_size=4,
                 hidden_act="gelu")
    o = dict(qk_norm=False, sub_norm=False, rotary=False, swiglu=False) | options
    write(name, Eva(sizes, o), sizes | {"eva": o}, [(12, 12), (16, 20)], lambda m, x: [m(x)])


CASES = {
    "dinov2": lambda name: dinov2(name, False),
    "dinov2-swiglu": lambda name: dinov2(name, True),
    "siglip": siglip,
    "clip": clip,
    "convnext": convnext,
    "eva": eva,
    "eva02": lambda name: eva(name, sub_norm=True, rotary=True, swiglu=True),
    "eva-qk-norm": lambda name: eva(name, qk_norm=True),
}
for name in sys.argv[1:] or CASES:
    CASES[name](name)
    print(name)
