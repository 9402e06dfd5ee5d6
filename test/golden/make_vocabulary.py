# Vocabularies as transformers grows them (add_tokens, resize_token_embeddings) on golden checkpoints: test/golden/vocabulary.json.
# Run by hand: python test/golden/make_vocabulary.py
# With CHECK=DIR it loads folders of ours (DIR/NAME and DIR/NAME/adapter, which test/vocabulary.test.ts writes where SENSORIUM_VOCABULARY_OUT
# says) and compares ids and logits with those stored there (check.json).

import json
import os
import sys
import warnings

sys.path.remove(os.path.dirname(os.path.abspath(__file__)))  # tokenizers.py here is not the package
warnings.filterwarnings("ignore")
import torch
import transformers
from transformers import AddedToken, AutoConfig, AutoTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = os.path.join(HERE, "families")
NONE = {"clap", "clip", "convnext", "siglip", "whisper", "published", "llama-rope"}  # encoders, and more of the same
OTHER = os.path.join(FAMILIES, "blip-2", "t5-every-layer")  # a tokenizer for checkpoints without one

# transformers takes the mean of the old rows where it cannot draw around it.
torch.distributions.constraints.positive_definite.check = lambda value: torch.tensor(False)


def open_model(folder):
    config = AutoConfig.from_pretrained(folder)
    more = {"experts_implementation": "eager"} if config.model_type == "mixtral" else {}
    return getattr(transformers, config.architectures[0]).from_pretrained(folder, dtype=torch.float32, **more).eval()


@torch.no_grad()
def logits(model, ids):
    """[ids, vocabulary], of a text without images; of encoder-decoders with the same text as the reply."""
    x = torch.tensor([ids])
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    if "Blip" in type(base).__name__:
        model = base.language_model
    if "Kosmos2" in type(base).__name__:
        model = base.text_model
    config = model.config.get_text_config() if not hasattr(model, "get_base_model") else base.config
    more = {"decoder_input_ids": x} if config.is_encoder_decoder else {}
    return model(input_ids=x, **more).logits[0]


def multiple_of(rows, tokens):
    """What a padded vocabulary is a multiple of."""
    return next(m for m in (128, 64, 32, 16, 8, 4, 2, 1) if rows % m == 0) if rows > tokens else None


def resize(model, rows, multiple=None):
    """Resizing ties heads that the config calls tied, also those that the file has with values of their own."""
    head = model.get_output_embeddings()
    if head.weight.data_ptr() != model.get_input_embeddings().weight.data_ptr():
        for config in {id(c): c for m in model.modules() if (c := getattr(m, "config", None))}.values():
            config.tie_word_embeddings = False
    model.resize_token_embeddings(rows, pad_to_multiple_of=multiple)


def names():
    for family in sorted(os.listdir(FAMILIES)):
        if family not in NONE:
            yield from (f"{family}/{name}" for name in sorted(os.listdir(os.path.join(FAMILIES, family))))


def case(name):
    folder = os.path.join(FAMILIES, name)
    model = open_model(folder)
    own = os.path.exists(os.path.join(folder, "tokenizer.json"))
    tokenizer = AutoTokenizer.from_pretrained(folder if own else OTHER)
    before = model.get_input_embeddings().weight.shape[0]
    fill = max(0, before - len(tokenizer) - 1)
    tokens = ["<box>", "</box>", "so be it", *(f"<{i}>" for i in range(fill))]
    multiple = multiple_of(before, len(tokenizer))
    resize(model, min(before, len(tokenizer)))  # rows of padding have nothing to say: they are drawn anew
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in tokens])
    tokenizer.add_tokens(["<|note|>"], special_tokens=True)
    resize(model, len(tokenizer), multiple)
    text = "a <box>b</box> c<|note|> and so be it, d"
    ids = tokenizer(text, add_special_tokens=False).input_ids
    last = logits(model, ids)[-1]
    new = tokenizer.convert_tokens_to_ids(["<box>", "</box>", "so be it", "<|note|>"])
    return {
        "fill": fill,
        "before": before,
        "rows": model.get_input_embeddings().weight.shape[0],
        "new": new,
        "text": text,
        "ids": ids,
        "decoded": tokenizer.decode(ids, skip_special_tokens=True),
        "logits": [round(float(last[i]), 6) for i in [0, 1, 2, 3, 4, 5, *new]],
        "size": round(float(last.abs().mean()), 6),
    }


def check(name, root):
    folder = os.path.join(root, name)
    want = json.load(open(os.path.join(folder, "check.json")))
    # The class of a family is no help with the tokenizer of another.
    read = AutoTokenizer if want["base"].startswith(FAMILIES) else transformers.PreTrainedTokenizerFast
    tokenizer = read.from_pretrained(folder)
    model = open_model(folder)
    ids = tokenizer(want["text"], add_special_tokens=False).input_ids
    assert ids == want["ids"], (name, ids, want["ids"])
    assert tokenizer.decode(ids, skip_special_tokens=True) == want["decoded"], name
    line = [name, f"logits {difference(logits(model, ids), want['logits']):.1e}"]
    from peft import PeftModel

    base = open_model(want["base"])
    adapter = os.path.join(folder, "adapter")
    tokenizer = read.from_pretrained(adapter)
    assert tokenizer(want["text"], add_special_tokens=False).input_ids == ids, name
    if len(tokenizer) > base.get_input_embeddings().weight.shape[0]:
        resize(base, want["rows"])
    model = PeftModel.from_pretrained(base, adapter).eval()
    line.append(f"adapter {difference(logits(model, ids), want['adapted']):.1e}")
    print(*line)


def difference(got, want):
    return float((got.flatten() - torch.tensor(want)).abs().max())


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(names())
    if "CHECK" in os.environ:
        for name in chosen:
            check(name, os.environ["CHECK"])
    else:
        cases = {name: case(name) for name in chosen}
        with open(os.path.join(HERE, "vocabulary.json"), "w") as file:
            file.write("{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in cases.items()) + "\n}\n")
