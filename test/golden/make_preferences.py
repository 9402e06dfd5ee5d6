# Writes test/golden/training/preferences.json: direct preference optimization (Rafailov et al. 2023) and KTO (Ethayarajh et al. 2024) of replies to
# images on a golden checkpoint, five AdamW steps each in PyTorch. Losses are those of TRL's DPOTrainer and KTOTrainer: KTO's distance is the mean
# of what the policy gains on replies of other rows, at least 0, detached. Run by hand, as make_training.py.
#
#   /tmp/golden/bin/python test/golden/make_preferences.py
import json
import os

import torch
import transformers

import training_rows
from make_training import HERE, OPTIMIZER, adamw, digits, load, summed

MODEL, BETA, STEPS = "llava/clip", 0.1, 5
# Questions of training_rows.ROWS, the reply that was preferred (or judged), and another one.
SAMPLES = [("one", "a cat, I think", "the car"), ("two", "the other is larger.", "yo, the cat"), ("text", "the car", "a cat, I think")]
LABELS = [True, False, True]


def rows():
    """Two rows to each sample."""
    processor = training_rows.processor_of(MODEL)
    out = []
    for name, *replies in SAMPLES:
        pair = []
        for i, reply in enumerate(replies):
            key = f"{name} {i}"
            training_rows.ROWS[key] = (training_rows.ROWS[name][0], reply)
            pair.append(training_rows.chat_row(processor, MODEL.split("/")[0], key, 0))
        out.append(pair)
    return out


def dpo(gained):
    return torch.stack([-torch.nn.functional.logsigmoid(BETA * (chosen - rejected)) for chosen, rejected in gained]).mean()


def kto(gained):
    distance = torch.stack([other for _, other in gained]).mean().clamp(min=0).detach()
    signs = [1 if label else -1 for label in LABELS]
    return torch.stack([1 - torch.sigmoid(BETA * sign * (own - distance)) for (own, _), sign in zip(gained, signs)]).mean()


def train(samples, loss_of):
    model = load(MODEL)
    scores = lambda: [[-summed(model, row) for row in pair] for pair in samples]
    with torch.no_grad():
        reference = scores()
    optimizer = adamw(model.parameters())
    losses = []
    for step in range(STEPS + 1):
        optimizer.zero_grad(set_to_none=True)
        now = scores()
        loss = loss_of([[p - r for p, r in zip(*both)] for both in zip(now, reference)])
        losses.append(digits(loss.item()))
        if step < STEPS:
            loss.backward()
            optimizer.step()
    numbers = lambda pairs: [[digits(v.item()) for v in pair] for pair in pairs]
    return numbers(reference), {"losses": losses, "logProbabilities": numbers(now)}


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    samples = rows()
    reference, of_dpo = train(samples, dpo)
    _, of_kto = train(samples, kto)
    facts = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "model": MODEL,
        "optimizer": OPTIMIZER,
        "beta": BETA,
        "samples": [[row.json() for row in pair] for pair in samples],
        "labels": LABELS,
        "reference": reference,
        "dpo": of_dpo,
        "kto": of_kto,
    }
    with open(os.path.join(HERE, "training", "preferences.json"), "w") as f:
        json.dump(facts, f, separators=(",", ":"))
        f.write("\n")
    print(of_dpo["losses"], of_kto["losses"])
