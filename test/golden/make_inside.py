# Writes test/golden/decoder-adapters.json: what CogVLM's visual expert, Lynx's adapter, MoE-LLaVA's experts and CogAgent's cross-attention
# give, and their gradients, by PyTorch in double precision. Run by hand with torch; read by test/adapters-decoder.test.ts.
#
#   python test/golden/make_inside.py
#
# Each is written out token by token in its plainest form, with the parameters under the names that they have in a layer.
import json
import math
import os

import torch
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 0


def drawn(*shape, scale=1.0, shift=0.0):
    global COUNT
    n = math.prod(shape)
    flat = [shift + scale * math.sin(1.7 * i + 0.61 * COUNT * COUNT + 0.3) for i in range(n)]
    COUNT += 1
    return torch.tensor(flat, dtype=torch.float64).reshape(shape).requires_grad_()


def packed(tensors):
    return {k: {"shape": list(v.shape), "data": v.detach().flatten().tolist()} for k, v in tensors.items()}


def facts(inputs, values, y, more=0.0):
    leaves = {k: v for k, v in {**inputs, **values}.items() if v.requires_grad}
    weights = torch.tensor([math.cos(0.3 * i) for i in range(y.numel())], dtype=torch.float64).reshape(y.shape)
    ((y * weights).sum() + more).backward()
    return {
        "inputs": packed(inputs),
        "values": packed(values),
        "y": packed({"y": y})["y"],
        "gradients": packed({k: v.grad for k, v in leaves.items() if v.grad is not None}),
    }


PROJECTIONS = {
    "self_attn.q_proj": (8, 8),
    "self_attn.k_proj": (8, 8),
    "self_attn.v_proj": (8, 8),
    "self_attn.o_proj": (8, 8),
    "mlp.gate_proj": (12, 8),
    "mlp.up_proj": (12, 8),
    "mlp.down_proj": (8, 12),
}


def norm(x, weight):
    return weight * x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()


def turned(x, place):
    d = x.shape[0]
    angle = place / 10000 ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
    a, b = x[: d // 2], x[d // 2 :]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()])


def visual_expert(n=6, image=(1, 2, 4), heads=2, head=4):
    """A whole LLaMA layer between its input and the last norm; tokens of `image` have projections of their own."""
    x = drawn(1, n, 8)
    values = {f"layers.0.{k}.weight": drawn(*s, scale=0.5) for k, s in PROJECTIONS.items()}
    values |= {f"layers.0.adapters.0.{k.split('.')[1]}.weight": drawn(*s, scale=0.5) for k, s in PROJECTIONS.items()}
    values |= {k: drawn(8, scale=0.3, shift=1) for k in ("layers.0.input_layernorm.weight", "layers.0.post_attention_layernorm.weight", "norm.weight")}

    def own(t, name):
        return values[f"layers.0.adapters.0.{name.split('.')[1]}.weight" if t in image else f"layers.0.{name}.weight"]

    rows = []
    entered = [norm(x[0, t], values["layers.0.input_layernorm.weight"]) for t in range(n)]
    heads_of = lambda t, name: (own(t, f"self_attn.{name}") @ entered[t]).reshape(heads, head)
    for t in range(n):
        out = []
        for h in range(heads):
            q = turned(heads_of(t, "q_proj")[h], t)
            scores = torch.stack([q @ turned(heads_of(s, "k_proj")[h], s) for s in range(t + 1)]) / math.sqrt(head)
            out.append(sum(p * heads_of(s, "v_proj")[h] for s, p in enumerate(torch.softmax(scores, 0))))
        between = x[0, t] + own(t, "self_attn.o_proj") @ torch.cat(out)
        z = norm(between, values["layers.0.post_attention_layernorm.weight"])
        inner = F.silu(own(t, "mlp.gate_proj") @ z) * (own(t, "mlp.up_proj") @ z)
        rows.append(norm(between + own(t, "mlp.down_proj") @ inner, values["norm.weight"]))
    return {"options": {"image": list(image)}, **facts({"x": x}, values, torch.stack(rows).unsqueeze(0))}


def lynx(width=8, size=4):
    x = drawn(2, 3, width)
    values = {
        "layer_norm.weight": drawn(width, scale=0.3, shift=1),
        "layer_norm.bias": drawn(width),
        "down_proj.weight": drawn(size, width),
        "down_proj.bias": drawn(size),
        "up_proj.weight": drawn(width, size),
        "up_proj.bias": drawn(width),
    }
    v = values
    h = F.layer_norm(x, (width,), v["layer_norm.weight"], v["layer_norm.bias"])
    y = x + F.linear(F.silu(F.linear(h, v["down_proj.weight"], v["down_proj.bias"])), v["up_proj.weight"], v["up_proj.bias"])
    return {"options": {"size": size}, **facts({"x": x}, values, y)}


def moe(experts=4, active=2, capacity=None, coefficient=0.5, real=(1, 1, 1, 1, 1, 0, 1, 1, 1, 1)):
    """Two rows of five tokens, one of them padding. DeepSpeed's two best experts, with its capacity and the balance of loads."""
    x = drawn(2, 5, 8)
    names = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
    values = {f"{k}.weight": drawn(*PROJECTIONS[k]) for k in names}
    for e in range(experts - 1):
        values |= {f"adapters.0.experts.{e}.{k.split('.')[1]}.weight": drawn(*PROJECTIONS[k]) for k in names}
    values["adapters.0.router.weight"] = drawn(experts, 8)
    tokens = x.reshape(-1, 8)
    scores = tokens @ values["adapters.0.router.weight"].T
    probabilities = torch.softmax(scores, -1)
    best = [sorted(range(experts), key=lambda e: -s[e].item())[:active] for s in scores]
    room = capacity and math.ceil(capacity * active * len(tokens) / experts)
    used = [0] * experts
    kept = [[] for _ in tokens]
    for rank in range(active):
        for t in range(len(tokens)):
            e = best[t][rank]
            if capacity:
                if not real[t]:
                    continue
                used[e] += 1
                if used[e] > room:
                    continue
            kept[t].append(e)

    def expert(e, z):
        w = [values[f"adapters.0.experts.{e - 1}.{k.split('.')[1]}.weight" if e else f"{k}.weight"] for k in names]
        return w[2] @ (F.silu(w[0] @ z) * (w[1] @ z))

    rows = []
    for t, z in enumerate(tokens):
        total = sum(probabilities[t, e] for e in kept[t])
        rows.append(sum((probabilities[t, e] / total * expert(e, z) for e in kept[t]), torch.zeros(8, dtype=torch.float64)))
    count = sum(real)
    share = [sum(real[t] for t in range(len(tokens)) if best[t][0] == e) / count for e in range(experts)]
    mean = [sum(real[t] * probabilities[t, e] for t in range(len(tokens))) / count for e in range(experts)]
    balance = experts * sum(f * p for f, p in zip(share, mean))
    found = facts({"x": x}, values, torch.stack(rows).reshape(2, 5, 8), coefficient * balance)
    dropped = sum(active - len(k) for t, k in enumerate(kept) if real[t])
    options = {"experts": experts, "active": active, "balance": coefficient, "capacity": capacity or 1.5}
    return {"options": options, "real": list(real), "loss": balance.item(), "dropped": dropped, **found}


def high_resolution(heads=2, inner=4, block=3, n=4, m=2):
    """Text attends to the blocks of rows of higher resolution that belong to the rows it may see; tokens that see none get nothing."""
    x, more = drawn(1, n, 8), drawn(m, block * 5)
    visible = [[0, 0], [1, 0], [1, 0], [0, 1]]
    values = {
        "layer_norm.weight": drawn(8, scale=0.3, shift=1),
        "q_proj.weight": drawn(inner, 8),
        "k_proj.weight": drawn(inner, 5),
        "v_proj.weight": drawn(inner, 5),
        "o_proj.weight": drawn(8, inner),
    }
    v = values
    high = more.reshape(m, block, 5)
    rows = []
    for t in range(n):
        seen = [high[r, b] for r in range(m) if visible[t][r] for b in range(block)]
        if not seen:
            rows.append(x[0, t])
            continue
        q = (v["q_proj.weight"] @ norm(x[0, t], v["layer_norm.weight"])).reshape(heads, -1)
        k = torch.stack([(v["k_proj.weight"] @ r).reshape(heads, -1) for r in seen])
        u = torch.stack([(v["v_proj.weight"] @ r).reshape(heads, -1) for r in seen])
        p = torch.softmax(torch.einsum("hd,shd->hs", q, k) / math.sqrt(inner / heads), -1)
        rows.append(x[0, t] + v["o_proj.weight"] @ torch.einsum("hs,shd->hd", p, u).flatten())
    y = torch.stack(rows).unsqueeze(0)
    return {"options": {"heads": heads, "inner": inner, "block": block, "width": 5}, "visible": visible,
            **facts({"x": x, "more": more}, values, y)}


with open(os.path.join(HERE, "decoder-adapters.json"), "w") as file:
    cases = {"visualExpert": visual_expert(), "lynx": lynx(), "moe": moe(), "moeCapacity": moe(capacity=1.0), "highResolution": high_resolution()}
    rounded = json.loads(json.dumps(cases), parse_float=lambda s: float(f"{float(s):.9g}"))
    json.dump(rounded, file)
    file.write("\n")
