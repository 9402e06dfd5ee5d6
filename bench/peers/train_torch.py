# The training step of bench/step-model.ts in PyTorch, one step per line read from standard input.
# Arguments: eager|compile, threads, then batch,tokens,width,layers,heads,vocab. Prints "ready VERSION", then milliseconds per step.
import math
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

mode, threads, shape = sys.argv[1], int(sys.argv[2]), sys.argv[3]
batch, tokens, width, layers, heads, vocab = (int(x) for x in shape.split(","))
torch.set_num_threads(threads)
torch.set_default_device(os.environ.get("SENSORIUM_TORCH_DEVICE", "cpu"))
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        linear = lambda i, o: nn.Linear(i, o, bias=False)
        self.n1, self.n2 = nn.RMSNorm(width, eps=1e-6), nn.RMSNorm(width, eps=1e-6)
        self.q, self.k, self.v, self.o = (linear(width, width) for _ in range(4))
        self.up, self.down = linear(width, 4 * width), linear(4 * width, width)

    def forward(self, x):
        h = self.n1(x)
        split = lambda y: y.view(batch, tokens, heads, width // heads).transpose(1, 2)
        a = F.scaled_dot_product_attention(split(self.q(h)), split(self.k(h)), split(self.v(h)), is_causal=True)
        x = x + self.o(a.transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.positions = nn.Parameter(torch.randn(tokens, width) * 0.02)
        self.blocks = nn.ModuleList([Block() for _ in range(layers)])
        self.norm = nn.RMSNorm(width, eps=1e-6)
        self.head = nn.Linear(width, vocab, bias=False)

    def forward(self, ids, targets):
        x = self.embed(ids) + self.positions
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(self.norm(x)).view(-1, vocab), targets.view(-1))


model = Model()
forward = torch.compile(model) if mode == "compile" else model
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.1, fused=True)
ids = torch.arange(batch * tokens).view(batch, tokens) * 7919 % vocab
targets = (ids * 7 + 3) % vocab


def step():
    start = time.perf_counter()
    loss = forward(ids, targets)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    value = loss.item()
    assert math.isfinite(value)
    return (time.perf_counter() - start) * 1e3


step(), step()
print("ready", torch.__version__, flush=True)
for _ in sys.stdin:
    print(f"{step():.3f}", flush=True)
