# Writes test/golden/connectors.json: what connectors give, and their gradients, by PyTorch in double precision with torchvision's and timm's blocks,
# and the three masks and losses of BLIP-2's first stage. Run by hand with the packages of requirements.txt and timm==1.0.31; read by
# src/networks/connectors/golden.test.ts and src/train/objectives/qformer.test.ts.
#
#   PYTHONPATH=/tmp/timm /tmp/golden/bin/python test/golden/make_connectors.py
#
# Values are drawn by name (drawn.ts draws the same ones), so that the file holds results alone: outputs, and two weighed sums of each gradient.
import json
import math
import os
from functools import partial

import numpy as np
import torch
from timm.layers import LayerNorm2d
from timm.layers.norm_act import LayerNormAct2d
from timm.models.regnet import RegStage
from torch import nn
from torch.nn import functional as F
from torchvision.models.mobilenetv3 import InvertedResidual, InvertedResidualConfig
from torchvision.ops.misc import SqueezeExcitation
from transformers import Blip2Config, Blip2ForImageTextRetrieval

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_default_dtype(torch.float64)


def drawn(name, shape):
    seed = sum((i + 1) * ord(c) for i, c in enumerate(name)) % 997
    flat = torch.tensor([math.sin(1.7 * i + 0.37 * seed + 0.3) for i in range(math.prod(shape))]).reshape(shape)
    if len(shape) > 1:
        return flat * 1.5 / math.sqrt(math.prod(shape[1:]))
    return 1 + 0.3 * flat if name.endswith("weight") else 0.3 * flat


def probes(g):
    flat = g.flatten()
    i = torch.arange(len(flat), dtype=torch.float64)
    return [(flat * torch.cos(0.3 * i + 0.1)).sum().item(), (flat * torch.sin(0.7 * i)).sum().item()]


def facts(module, x, rename=lambda name: name):
    parameters = {rename(k): v for k, v in module.named_parameters() if v.requires_grad}
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(drawn(name, list(p.shape)))
    x = drawn("x", x).requires_grad_()
    y = module(x)
    weights = torch.cos(0.3 * torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)
    (y * weights).sum().backward()
    return {
        "x": list(x.shape),
        "y": {"shape": list(y.shape), "data": y.flatten().tolist()},
        "dx": probes(x.grad),
        "gradients": {name: {"shape": list(p.shape), "probes": probes(p.grad)} for name, p in parameters.items()},
    }


class Ldp(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        norm = partial(LayerNormAct2d, act_layer=None)
        squeeze = partial(SqueezeExcitation, scale_activation=nn.Hardsigmoid)
        residual = lambda stride: InvertedResidual(InvertedResidualConfig(width, 3, width, width, True, "HS", stride, 1, 1), norm, squeeze)
        self.mlp = nn.Sequential(nn.Identity(), nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, width))
        self.mb_block = nn.Sequential(nn.Identity(), residual(1), residual(2))

    def forward(self, x):
        side = int(math.sqrt(x.shape[1]))
        grid = self.mlp(x).permute(0, 2, 1).reshape(len(x), -1, side, side)
        return self.mb_block(grid).flatten(2).permute(0, 2, 1)


class Numbered(nn.Module):
    def __init__(self, name, part):
        super().__init__()
        setattr(self, name, part)
        self.part = lambda: getattr(self, name)


class LdpV2(nn.Module):
    def __init__(self, side, inputs, width):
        super().__init__()
        self.mlp = Numbered("mlp", nn.Sequential(nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, width)))
        self.pool = nn.AdaptiveAvgPool2d((side, side))
        self.peg = Numbered("peg", nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, groups=width)))

    def forward(self, x):
        side = int(math.sqrt(x.shape[1]))
        pooled = self.pool(self.mlp.part()(x).permute(0, 2, 1).reshape(len(x), -1, side, side))
        return (pooled + self.peg.part()(pooled)).flatten(2).permute(0, 2, 1)


class CAbstractor(nn.Module):
    def __init__(self, inputs, inner, width, depth, side, positions):
        super().__init__()
        self.pos_emb = nn.Parameter(torch.zeros(1, positions, inputs))
        stage = partial(RegStage, stride=1, dilation=1, act_layer=nn.SiLU, norm_layer=LayerNorm2d)
        self.net = nn.Sequential(stage(depth, inputs, inner), nn.AdaptiveAvgPool2d((side, side)), stage(depth, inner, inner))
        self.readout = nn.Sequential(nn.Linear(inner, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, x):
        side = int(math.sqrt(x.shape[1]))
        grid = (x + self.pos_emb).permute(0, 2, 1).reshape(len(x), -1, side, side)
        return self.readout(self.net(grid).flatten(2).permute(0, 2, 1))


def sincos(width, side):
    half = width // 2
    omega = 1.0 / 10000 ** (np.arange(half // 2) / (half / 2))
    columns, rows = np.meshgrid(np.arange(side), np.arange(side))
    parts = [f(np.einsum("m,d->md", places.reshape(-1), omega)) for places in (columns, rows) for f in (np.sin, np.cos)]
    return torch.from_numpy(np.concatenate(parts, axis=1))


class QwenVl(nn.Module):
    def __init__(self, side, inputs, width, heads):
        super().__init__()
        pool = nn.Module()
        pool.query = nn.Parameter(torch.zeros(side**2, width))
        pool.kv_proj = nn.Linear(inputs, width, bias=False) if inputs != width else nn.Identity()
        pool.attn = nn.MultiheadAttention(width, heads)
        pool.ln_q, pool.ln_kv = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn_pool, self.ln_post, self.proj = pool, nn.LayerNorm(width, eps=1e-6), nn.Parameter(torch.zeros(width, width))
        self.positions = sincos(width, side)

    def forward(self, x):
        pool, own = self.attn_pool, self.positions
        side, to = int(math.sqrt(len(own))), int(math.sqrt(x.shape[1]))
        keys = own
        if side != to:
            grid = own.reshape(1, side, side, -1).permute(0, 3, 1, 2)
            keys = F.interpolate(grid, size=(to, to), mode="bicubic", align_corners=False).permute(0, 2, 3, 1).flatten(0, 2)
        values = pool.ln_kv(pool.kv_proj(x)).permute(1, 0, 2)
        queries = (pool.ln_q(pool.query) + own).unsqueeze(1).repeat(1, len(x), 1)
        out = pool.attn(queries, values + keys.unsqueeze(1), values)[0].permute(1, 0, 2)
        return self.ln_post(out) @ self.proj


class Attention(nn.Module):
    def __init__(self, width, heads, head):
        super().__init__()
        self.heads = heads
        self.norm_media, self.norm_latents = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_q, self.to_kv = nn.Linear(width, heads * head, bias=False), nn.Linear(width, 2 * heads * head, bias=False)
        self.to_out = nn.Linear(heads * head, width, bias=False)

    def forward(self, x, latents):
        own = self.norm_latents(latents)
        k, v = self.to_kv(torch.cat([self.norm_media(x), own], 1)).chunk(2, -1)
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in (self.to_q(own), k, v))
        return self.to_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Feed(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.norm = nn.LayerNorm(inputs)
        self.fc1, self.fc2 = nn.Linear(inputs, inputs, bias=False), nn.Linear(inputs, width, bias=False)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(self.norm(x)))) * self.scale


class TokenResampler(nn.Module):
    def __init__(self, count, inputs, width, inner, heads, head):
        super().__init__()
        self.count = count
        self.proj = nn.Linear(inputs, width)
        self.resampler = nn.Module()
        self.resampler.downsample = nn.Linear(width, inner, bias=False)
        self.resampler.layers = nn.ModuleList([nn.ModuleList([Attention(inner, heads, head), Feed(inner, width)])])

    def forward(self, x):
        x = self.proj(x)
        unit = F.normalize(x.detach(), dim=-1)
        scores = unit @ unit.transpose(1, 2) - 2 * torch.tril(torch.ones(x.shape[1], x.shape[1]))
        least = scores.max(-1).values.argsort(-1)[:, : self.count].sort(-1).values
        kept = torch.stack([row[places] for row, places in zip(x, least)])
        attention, feed = self.resampler.layers[0]
        down = self.resampler.downsample
        return kept + feed(attention(down(x), down(kept)))


def merging(n=11, width=6, budgets=(9, 4, 2)):
    """ToMe's rounds, token by token."""
    x = drawn("x", [2, n, width])
    out = {}
    for budget in budgets:
        rows = []
        for row in x:
            tokens = [(row[i], 1.0, i) for i in range(n)]
            while len(tokens) > budget:
                a, b = tokens[0::2], tokens[1::2]
                unit = lambda t: F.normalize(torch.stack([v for v, _, _ in t]), dim=-1)
                alike = unit(a) @ unit(b).T
                best = alike.max(-1)
                order = best.values.argsort(descending=True).tolist()
                moved = order[: min(len(tokens) - budget, len(tokens) // 2)]
                sums = [(v * w, w, place) for v, w, place in b]
                for i in moved:
                    j = best.indices[i].item()
                    v, w, place = sums[j]
                    sums[j] = (v + a[i][0] * a[i][1], w + a[i][1], place)
                tokens = [a[i] for i in range(len(a)) if i not in moved] + [(v / w, w, place) for v, w, place in sums]
                tokens.sort(key=lambda t: t[2])
            rows.append(torch.stack([v for v, _, _ in tokens]))
        out[str(budget)] = torch.stack(rows).flatten().tolist()
    return {"x": [2, n, width], "budgets": out}


# The Q-Former, with its masks written out over queries and words together.
C = {"width": 8, "heads": 2, "layers": 3, "ff": 12, "every": 2, "queries": 3, "vocab": 11, "positions": 7, "encoder": 6, "features": 4}


def qformer_shapes():
    w, f = C["width"], C["ff"]
    shapes = {"query_tokens": [1, C["queries"], w]}
    linear = lambda name, out, inputs: shapes.update({f"{name}.weight": [out, inputs], f"{name}.bias": [out]})
    norm = lambda name: shapes.update({f"{name}.weight": [w], f"{name}.bias": [w]})
    norm("qformer.layernorm")
    for i in range(C["layers"]):
        at = f"qformer.encoder.layer.{i}"
        for part, inputs in [("attention", w)] + ([("crossattention", C["encoder"])] if i % C["every"] == 0 else []):
            linear(f"{at}.{part}.attention.query", w, w)
            linear(f"{at}.{part}.attention.key", w, inputs)
            linear(f"{at}.{part}.attention.value", w, inputs)
            linear(f"{at}.{part}.output.dense", w, w)
            norm(f"{at}.{part}.output.LayerNorm")
        for kind in ("", "_query"):
            linear(f"{at}.intermediate{kind}.dense", f, w)
            linear(f"{at}.output{kind}.dense", w, f)
            norm(f"{at}.output{kind}.LayerNorm")
    shapes["embeddings.word_embeddings.weight"] = [C["vocab"], w]
    shapes["embeddings.position_embeddings.weight"] = [C["positions"], w]
    for name, out in (("vision_projection", C["features"]), ("text_projection", C["features"]), ("itm_head", 2)):
        linear(name, out, w)
    shapes["temp"] = [1]
    linear("cls.predictions.transform.dense", w, w)
    norm("cls.predictions.transform.LayerNorm")
    shapes["cls.predictions.bias"] = [C["vocab"]]
    return shapes


def qformer_pass(p, queries, words, tokens, seen):
    """seen: bool [batch, q + t, q + t]. Returns both streams."""
    lin = lambda name, x: F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])
    norm = lambda name, x: F.layer_norm(x, [C["width"]], p[f"{name}.weight"], p[f"{name}.bias"], 1e-12)

    def attend(name, x, y, bias):
        q, k, v = (lin(f"{name}.attention.{part}", z).unflatten(-1, (C["heads"], -1)).transpose(1, 2)
                   for part, z in (("query", x), ("key", y), ("value", y)))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + bias
        out = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        return norm(f"{name}.output.LayerNorm", lin(f"{name}.output.dense", out) + x)

    n = C["queries"]
    bias = torch.where(seen, 0.0, -torch.inf).unsqueeze(1)
    x = norm("qformer.layernorm", torch.cat([queries, words], 1))
    for i in range(C["layers"]):
        at = f"qformer.encoder.layer.{i}"
        a = attend(f"{at}.attention", x, x, bias)
        parts = [a[:, :n], a[:, n:]]
        if i % C["every"] == 0:
            parts[0] = attend(f"{at}.crossattention", parts[0], tokens, 0.0)
        feed = lambda kind, y: norm(f"{at}.output{kind}.LayerNorm", lin(f"{at}.output{kind}.dense", F.gelu(lin(f"{at}.intermediate{kind}.dense", y))) + y)
        x = torch.cat([feed("_query", parts[0]), feed("", parts[1])], 1)
    return x[:, :n], x[:, n:]


def qformer():
    p = {name: drawn(name, shape) for name, shape in qformer_shapes().items()}
    p["temp"] = torch.tensor([0.2])
    for v in p.values():
        v.requires_grad_()
    n, q, dec = 3, C["queries"], C["vocab"] - 1
    tokens = drawn("tokens", [n, 4, C["encoder"]])
    ids = torch.tensor([[9, 3, 4, 1, 0], [9, 5, 1, 0, 0], [9, 6, 7, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    noise = drawn("noise", [2, n, n]) * 2
    t = ids.shape[1]
    queries = p["query_tokens"].expand(n, -1, -1)
    embed = lambda i: p["embeddings.word_embeddings.weight"][i] + p["embeddings.position_embeddings.weight"][: i.shape[1]]
    head = lambda name, x: F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])
    words_seen = mask.bool().unsqueeze(1)

    # ITC: neither sees the other.
    def apart(rows):
        seen = torch.zeros(rows, q + t, q + t, dtype=torch.bool)
        seen[:, :q, :q] = True
        return seen
    unimodal = apart(n)
    unimodal[:, q:, q:] = words_seen
    image_out, text_out = qformer_pass(p, queries, embed(ids), tokens, unimodal)
    images = F.normalize(head("vision_projection", image_out), dim=-1)
    texts = F.normalize(head("text_projection", text_out[:, 0]), dim=-1)
    to_texts = torch.einsum("iqd,td->itq", images, texts).max(-1).values / p["temp"]
    own = torch.arange(n)
    itc = (F.cross_entropy(to_texts, own, label_smoothing=0.1) + F.cross_entropy(to_texts.T, own, label_smoothing=0.1)) / 2

    # ITM: all see all.
    def hard(scores, drawn_noise):
        weights = scores.detach().softmax(-1) + 1e-4
        return (weights.log() + drawn_noise).masked_fill(torch.eye(n, dtype=torch.bool), -torch.inf).argmax(-1)
    hard_images, hard_texts = hard(to_texts.T, noise[0]), hard(to_texts, noise[1])
    pair_tokens = torch.cat([tokens, tokens[hard_images], tokens])
    pair_ids, pair_mask = (torch.cat([x, x, x[hard_texts]]) for x in (ids, mask))
    full = torch.ones(3 * n, q + t, q + t, dtype=torch.bool)
    full[:, :, q:] = pair_mask.bool().unsqueeze(1)
    matched, _ = qformer_pass(p, p["query_tokens"].expand(3 * n, -1, -1), embed(pair_ids), pair_tokens, full)
    match = head("itm_head", matched).mean(1)
    itm = F.cross_entropy(match, torch.tensor([1] * n + [0] * 2 * n))

    # ITG: queries see themselves, words see queries and the words before.
    causal = apart(n)
    causal[:, q:, :q] = True
    causal[:, q:, q:] = torch.tril(torch.ones(t, t, dtype=torch.bool)) & words_seen
    decoded = ids.clone()
    decoded[:, 0] = dec
    _, written = qformer_pass(p, queries, embed(decoded), tokens, causal)
    h = F.gelu(head("cls.predictions.transform.dense", written))
    h = F.layer_norm(h, [C["width"]], p["cls.predictions.transform.LayerNorm.weight"], p["cls.predictions.transform.LayerNorm.bias"], 1e-12)
    logits = h @ p["embeddings.word_embeddings.weight"].T + p["cls.predictions.bias"]
    labels = ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100)
    itg = F.cross_entropy(logits[:, :-1].reshape(-1, C["vocab"]), labels.reshape(-1), label_smoothing=0.1)

    check_with_transformers(p, tokens, ids, mask, images, texts, head("itm_head", matched[:n]).mean(1), queries)
    (itc + itm + itg).backward()
    return {
        "config": C, "ids": ids.tolist(), "mask": mask.tolist(), "tokens": list(tokens.shape),
        "itc": itc.item(), "itm": itm.item(), "itg": itg.item(),
        "hardImages": hard_images.tolist(), "hardTexts": hard_texts.tolist(),
        "images": images.detach().flatten().tolist(), "texts": texts.detach().flatten().tolist(), "match": match.detach().flatten().tolist(),
        "gradients": {name: {"shape": list(v.shape), "probes": probes(v.grad)} for name, v in p.items()},
    }


def check_with_transformers(p, tokens, ids, mask, images, texts, match, queries):
    sizes = {"hidden_size": C["width"], "num_hidden_layers": C["layers"], "num_attention_heads": C["heads"], "intermediate_size": C["ff"],
             "cross_attention_frequency": C["every"], "encoder_hidden_size": C["encoder"], "vocab_size": C["vocab"],
             "max_position_embeddings": C["positions"], "use_qformer_text_input": True}
    vision = {"hidden_size": C["encoder"], "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "image_size": 8, "patch_size": 4}
    config = Blip2Config(vision_config=vision, qformer_config=sizes, num_query_tokens=C["queries"], image_text_hidden_size=C["features"])
    model = Blip2ForImageTextRetrieval(config).double().eval()
    missing, unexpected = model.load_state_dict({k: v.detach() for k, v in p.items()}, strict=False)
    assert all(name.startswith("vision_model") for name in missing), missing
    assert all(name.startswith("cls") or name == "temp" for name in unexpected), unexpected
    with torch.no_grad():
        seen = model.qformer(query_embeds=queries, encoder_hidden_states=tokens).last_hidden_state
        assert torch.allclose(F.normalize(model.vision_projection(seen), dim=-1), images, atol=1e-9)
        read = model.qformer(query_embeds=model.embeddings(input_ids=ids), query_length=0, attention_mask=mask).last_hidden_state
        assert torch.allclose(F.normalize(model.text_projection(read[:, 0]), dim=-1), texts, atol=1e-9)
        both = model.embeddings(input_ids=ids, query_embeds=queries)
        whole = torch.cat([torch.ones(len(ids), C["queries"], dtype=mask.dtype), mask], 1)
        out = model.qformer(query_embeds=both, query_length=C["queries"], attention_mask=whole, encoder_hidden_states=tokens).last_hidden_state
        assert torch.allclose(model.itm_head(out[:, : C["queries"]]).mean(1), match, atol=1e-9)


cases = {
    "ldp": facts(Ldp(6, 16), [2, 25, 6]),
    "ldpv2": facts(LdpV2(2, 6, 8), [2, 25, 6]),
    "c-abstractor": facts(CAbstractor(6, 8, 10, 2, 2, 25), [2, 25, 6]),
    "qwen-vl": facts(QwenVl(2, 6, 8, 2), [2, 25, 6]),
    "qwen-vl-same": facts(QwenVl(3, 8, 8, 2), [2, 9, 8]),
    "token-resampler": facts(TokenResampler(4, 6, 8, 4, 2, 3), [2, 9, 6]),
}
with open(os.path.join(HERE, "connectors.json"), "w") as file:
    json.dump({"connectors": cases, "merging": merging(), "qformer": qformer()}, file)
    file.write("\n")
