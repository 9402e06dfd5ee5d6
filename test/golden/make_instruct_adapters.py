# Writes test/golden/instruct-adapters.json: what LaVIN's mixture-of-modality adapter and LLaMA-Adapter's prompts give, and their gradients, by
# PyTorch in double precision. Run by hand with torch; read by test/adapters-instruct.test.ts.
#
#   python test/golden/make_instruct_adapters.py
#
# Both are written out in their plainest form: LaVIN's as its two grouped convolutions, LLaMA-Adapter's with the projected image added to every
# prompt of every token before keys and values are made of them.
import json
import math
import os

import torch
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 0


def drawn(*shape, scale=1.0):
    global COUNT
    n = math.prod(shape)
    flat = [scale * math.sin(1.7 * i + 0.61 * COUNT * COUNT + 0.3) for i in range(n)]
    COUNT += 1
    return torch.tensor(flat, dtype=torch.float64).reshape(shape).requires_grad_()


def packed(tensors):
    return {k: {"shape": list(v.shape), "data": v.detach().flatten().tolist()} for k, v in tensors.items()}


def facts(inputs, values, y):
    leaves = {k: v for k, v in {**inputs, **values}.items() if v.requires_grad}
    weights = torch.tensor([math.cos(0.3 * i) for i in range(y.numel())], dtype=torch.float64).reshape(y.shape)
    (y * weights).sum().backward()
    return {
        "inputs": packed(inputs),
        "values": packed(values),
        "y": packed({"y": y})["y"],
        "gradients": packed({k: v.grad for k, v in leaves.items()}),
    }


def lavin(width=8, size=4, groups=2, temperature=10.0, scale=1.5):
    x = drawn(2, 5, width)
    image = torch.tensor([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]])
    values = {
        "conv_A.weight": drawn(size, width),
        "conv_A.bias": drawn(size),
        "conv_B.weight": drawn(width, size // groups),
        "conv_B.bias": drawn(width),
        "conv_D.weight": drawn(width, size // groups),
        "conv_D.bias": drawn(width),
        "expert_weights.weight": drawn(2, width, scale=3),
        "expert_weights.bias": drawn(2),
        "modality": drawn(2, width),
    }
    v = values
    token = F.linear(v["modality"][image], v["expert_weights.weight"], v["expert_weights.bias"])
    weights = torch.softmax(token / temperature, -1)
    rows = x.transpose(1, 2)
    h = F.conv1d(rows, v["conv_A.weight"].unsqueeze(-1), v["conv_A.bias"])
    up = [F.conv1d(h, v[f"{n}.weight"].unsqueeze(-1), v[f"{n}.bias"], groups=groups).transpose(1, 2) for n in ("conv_B", "conv_D")]
    y = x + scale * (up[0] * weights[..., 0:1] + up[1] * weights[..., 1:2])
    return {"options": {"size": size, "groups": groups, "temperature": temperature, "scale": scale}, "image": image.tolist(),
            **facts({"x": x}, values, y)}


def llama_adapter(heads=2, head=4, prompts=3, n=5, m=3):
    width = heads * head
    q, rows = drawn(1, heads, n, head), drawn(m, width)
    visible = torch.tensor([[[0, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]]], dtype=torch.float64)
    values = {"adaption_prompt": drawn(prompts, width), "adaption_gate": drawn(heads), "visual_proj.weight": drawn(width, width)}
    layer = {name: drawn(*shape) for name, shape in
             {"k.weight": (width, width), "k.bias": (width,), "v.weight": (width, width), "v.bias": (width,)}.items()}
    mean = visible @ rows / visible.sum(-1, keepdim=True).clamp(min=1)
    own = values["adaption_prompt"] + (mean @ values["visual_proj.weight"].T).unsqueeze(2)  # [1, n, prompts, width]
    made = [F.linear(own, layer[f"{x}.weight"], layer[f"{x}.bias"]).reshape(1, n, prompts, heads, head).permute(0, 3, 1, 2, 4) for x in "kv"]
    scores = torch.einsum("bhnd,bhnpd->bhnp", q, made[0]) / math.sqrt(head)
    out = torch.einsum("bhnp,bhnpd->bhnd", torch.softmax(scores, -1), made[1])
    y = out * values["adaption_gate"].tanh().reshape(1, heads, 1, 1)
    found = facts({"q": q, "rows": rows, **layer}, values, y)
    return {"options": {"prompts": prompts, "heads": heads}, "visible": visible.to(int).tolist(), **found}


with open(os.path.join(HERE, "instruct-adapters.json"), "w") as file:
    json.dump({"lavin": lavin(), "llamaAdapter": llama_adapter()}, file)
    file.write("\n")
