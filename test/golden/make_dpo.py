# Writes test/golden/training/dpo.json: direct preference optimization on a golden checkpoint, five AdamW steps in PyTorch, with the numbers
# of the definition (Rafailov et al. 2023) and one step of visual contrastive decoding (Leng et al. 2024). Run by hand, as make_training.py.
#
#   /tmp/golden/bin/python test/golden/make_dpo.py
import json
import os

import torch
import transformers
from torch.nn import functional as F

from make_training import HERE, OPTIMIZER, adamw, digits, load, saved

MODEL, BETA, STEPS = "llama/untied", 0.1, 5


def pairs(vocab):
    """Prompts with two replies each, of different lengths: (prompt, chosen, rejected)."""
    rng = torch.Generator().manual_seed(7)
    draw = lambda n: torch.randint(3, vocab, (n,), generator=rng).tolist()
    return [(draw(a), draw(b), draw(c)) for a, b, c in ((6, 5, 8), (9, 3, 2), (2, 7, 7))]


def log_probability(model, prompt, reply):
    """Sum of the log-probabilities of the reply's tokens."""
    ids = torch.tensor([prompt + reply])
    log = F.log_softmax(model(input_ids=ids, use_cache=False).logits[0, :-1], -1)
    return log.gather(-1, ids[0, 1:, None])[len(prompt) - 1 :].sum()


def dpo(chosen, rejected, chosen_reference, rejected_reference):
    return -F.logsigmoid(BETA * ((chosen - chosen_reference) - (rejected - rejected_reference)))


def train():
    model = load(MODEL)
    rows = pairs(model.config.vocab_size)
    with torch.no_grad():
        reference = [[log_probability(model, p, r).item() for r in (c, j)] for p, c, j in rows]
    optimizer = adamw(model.parameters())
    losses, policy = [], []
    for step in range(STEPS + 1):
        optimizer.zero_grad(set_to_none=True)
        both = [[log_probability(model, p, r) for r in (c, j)] for p, c, j in rows]
        loss = torch.stack([dpo(*now, *(torch.tensor(v) for v in before)) for now, before in zip(both, reference)]).mean()
        losses.append(digits(loss.item()))
        policy.append([[digits(v.item()) for v in row] for row in both])
        if step < STEPS:
            loss.backward()
            optimizer.step()
    tensors = {}
    for key, value in sorted(saved(model).items()):
        flat, v = value.flatten(), value.double()
        at = [0, flat.numel() // 3, flat.numel() - 1]
        moments = {"mean": digits(v.mean().item()), "rms": digits(v.pow(2).mean().sqrt().item())}
        tensors[key] = {"shape": list(value.shape), **moments, "at": at, "values": [digits(flat[i].item()) for i in at]}
    return {
        "pairs": [{"prompt": p, "chosen": c, "rejected": r} for p, c, r in rows],
        "reference": [[digits(v) for v in row] for row in reference],
        "losses": losses,
        "logProbabilities": policy,
        "parameters": tensors,
    }


def contrast():
    """One step of visual contrastive decoding: tokens whose probability is a tenth of the largest and more, by (1 + a) clean - a noised."""
    clean, noised, alpha, beta = torch.tensor([2.0, 1.0, 0.0, -3.0]), torch.tensor([2.2, 0.2, 0.1, -3.0]), 1.0, 0.1
    kept = clean >= clean.max() + torch.tensor(beta).log()
    logits = ((1 + alpha) * clean - alpha * noised).masked_fill(~kept, -torch.inf)
    facts = {"clean": clean, "noised": noised, "kept": kept, "contrast": logits, "probabilities": logits.softmax(-1)}
    plain = lambda v: v if isinstance(v, bool) else None if v == float("-inf") else digits(v, 6)
    return {"alpha": alpha, "beta": beta} | {k: [plain(x) for x in v.tolist()] for k, v in facts.items()}


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    worked = dpo(*map(torch.tensor, (-10.0, -15.0, -12.0, -14.0)))
    facts = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "model": MODEL,
        "optimizer": OPTIMIZER,
        "beta": BETA,
        "worked": {"chosen": -10, "chosenReference": -12, "rejected": -15, "rejectedReference": -14, "margin": 0.3, "loss": digits(worked.item(), 6)},
        "training": train(),
        "contrast": contrast(),
    }
    with open(os.path.join(HERE, "training", "dpo.json"), "w") as f:
        json.dump(facts, f, separators=(",", ":"))
        f.write("\n")
    print(facts["worked"], facts["training"]["losses"], facts["contrast"])
