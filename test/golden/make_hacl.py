# Writes test/golden/hacl.json: the losses of hallucination-augmented contrastive learning over three batches with queues, and their gradients,
# by PyTorch. Run by hand with the packages of requirements.txt; read by src/train/objectives/hacl.test.ts.
#
#   /tmp/golden/bin/python test/golden/make_hacl.py
#
# visual: -log exp(v_i t_i / T) / sum over captions of the batch, of all hallucinated captions, and of the queue of captions.
# textual: the same from captions to images, without hallucinated ones. Features have length 1; the queue is first in, first out.
import json
import math
import os

import torch
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES, WRONG, FEATURES, QUEUE, BATCHES = 2, 4, 4, 5, 3
TEMPERATURE, LEAST, MOST = 0.07, 0.001, 0.5


def drawn(rows, seed):
    flat = [math.sin(1.7 * i + 0.9 * seed * seed + 0.3) for i in range(rows * FEATURES)]
    return F.normalize(torch.tensor(flat, dtype=torch.float64).reshape(rows, FEATURES), dim=-1)


def losses(images, texts, wrong, image_queue, text_queue, temperature):
    scale = 1 / temperature.clamp(LEAST, MOST)
    own = torch.arange(len(images))
    to_texts = torch.cat([images @ texts.T, images @ wrong.T, images @ text_queue.T], 1) * scale
    to_images = torch.cat([texts @ images.T, texts @ image_queue.T], 1) * scale
    return F.cross_entropy(to_texts, own), F.cross_entropy(to_images, own)


def run(temperature):
    queues = [torch.zeros(0, FEATURES, dtype=torch.float64) for _ in range(2)]
    batches = []
    for step in range(BATCHES):
        leaves = [drawn(n, 10 * step + k).requires_grad_() for k, n in enumerate((SAMPLES, SAMPLES, WRONG))]
        heat = torch.tensor([temperature], dtype=torch.float64, requires_grad=True)
        visual, textual = losses(*leaves, *queues, heat)
        (visual + textual).backward()
        batches.append({
            "features": [leaf.detach().flatten().tolist() for leaf in leaves],
            "visual": visual.item(),
            "textual": textual.item(),
            "gradients": [leaf.grad.flatten().tolist() for leaf in leaves],
            "temperature": heat.grad.item(),
        })
        queues = [torch.cat([new.detach(), old])[:QUEUE] for new, old in zip(leaves, queues)]
    return {"temperature": temperature, "batches": batches, "queues": [q.flatten().tolist() for q in queues]}


facts = {"samples": SAMPLES, "wrong": WRONG, "features": FEATURES, "queue": QUEUE, "runs": [run(TEMPERATURE), run(0.9)]}
with open(os.path.join(HERE, "hacl.json"), "w") as file:
    json.dump(facts, file, indent=1)
    file.write("\n")
