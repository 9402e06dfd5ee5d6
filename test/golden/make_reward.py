# Writes test/golden/training/reward.json: five AdamW steps of a reward model in PyTorch, on pairs with images for a LLaVA with one matrix on the
# hidden state of the last token, and on pairs of ids for transformers' LlamaForSequenceClassification. Run by hand, as make_training.py.
#
#   /tmp/golden/bin/python test/golden/make_reward.py
import json
import os

import torch
import transformers
from torch.nn import functional as F

from make_training import FAMILIES, HERE, OPTIMIZER, adamw, digits, load
from training_rows import ROWS, chat_row, processor_of

STEPS, CENTERING = 5, 0.01
MARGINS = [0.0, 0.5, 0.25]
REJECTED = {"text": "a cat, I think", "one": "the other", "two": "yo, yo"}


def first(width):
    """The matrix that training begins with, by formula."""
    return torch.sin(torch.arange(1, width + 1, dtype=torch.float32))[None] / 4


def losses_of(chosen, rejected):
    """Bradley-Terry with margins, and centering (TRL's RewardTrainer)."""
    return -F.logsigmoid(chosen - rejected - torch.tensor(MARGINS)) + CENTERING * (chosen + rejected) ** 2


def train(parameters, score):
    """`score(i, side)` of each pair. Losses and scores before each step and after the last."""
    optimizer = adamw(parameters)
    losses, scores = [], []
    for step in range(STEPS + 1):
        optimizer.zero_grad(set_to_none=True)
        both = [[score(i, side) for side in (0, 1)] for i in range(len(MARGINS))]
        loss = losses_of(*(torch.stack(column) for column in zip(*both))).mean()
        losses.append(digits(loss.item()))
        scores.append([[digits(v.item()) for v in row] for row in both])
        if step < STEPS:
            loss.backward()
            optimizer.step()
    return {"losses": losses, "scores": scores}


def with_images(name="llava/clip"):
    model, processor = load(name), processor_of(name)
    ROWS.update({f"{row}-rejected": (ROWS[row][0], reply) for row, reply in REJECTED.items()})
    pairs = [[chat_row(processor, "llava", key, 0) for key in (row, f"{row}-rejected")] for row in REJECTED]
    width = model.config.text_config.hidden_size
    head = torch.nn.Linear(width, 1, bias=False)
    head.weight.data.copy_(first(width))

    def score(i, side):
        row = pairs[i][side]
        hidden = model.model(input_ids=torch.tensor([row.ids]), use_cache=False, **row.given).last_hidden_state
        return head(hidden[0, -1])[0]

    facts = train([*model.parameters(), *head.parameters()], score)
    rows = [{"chosen": c.messages, "rejected": r.messages, "ids": [c.ids, r.ids]} for c, r in pairs]
    return {"model": name, "pairs": rows, **facts, "head": [digits(v) for v in head.weight.flatten().tolist()]}


def with_class(name="llama/untied"):
    folder = os.path.join(FAMILIES, name)
    made = transformers.LlamaForSequenceClassification
    model = made.from_pretrained(folder, num_labels=1, dtype=torch.float32, attn_implementation="eager").eval()
    model.model.embed_tokens.padding_idx = None
    model.score.weight.data.copy_(first(model.config.hidden_size))
    rng = torch.Generator().manual_seed(11)
    draw = lambda n: torch.randint(3, model.config.vocab_size, (n,), generator=rng).tolist()
    pairs = [(draw(a), draw(b)) for a, b in ((9, 6), (4, 12), (7, 7))]
    facts = train(model.parameters(), lambda i, side: model(input_ids=torch.tensor([pairs[i][side]]), use_cache=False).logits[0, 0])
    return {"model": name, "pairs": pairs, **facts, "head": [digits(v) for v in model.score.weight.flatten().tolist()]}


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    facts = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "optimizer": OPTIMIZER,
        "margins": MARGINS,
        "centering": CENTERING,
        "images": with_images(),
        "classifier": with_class(),
    }
    with open(os.path.join(HERE, "training", "reward.json"), "w") as f:
        json.dump(facts, f, separators=(",", ":"))
        f.write("\n")
    print(facts["images"]["losses"], facts["classifier"]["losses"])
