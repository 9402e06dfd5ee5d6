# Writes test/golden/families/: small random-weight checkpoints of every supported architecture, as transformers saves them, with
# inputs and what transformers computes from them. Run by hand when a case changes; the tests compare with the committed files.
#
#   python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r test/golden/requirements.txt
#   /tmp/golden/bin/python test/golden/make.py             every family
#   /tmp/golden/bin/python test/golden/make.py llama t5    these
#
# A family is one function under @family: it builds a model and hands it to `causal` (or a sibling of it), which rounds the weights,
# saves the folder, loads it again in float32 and writes golden.safetensors beside it. Weights depend on the folder's name alone.
import hashlib
import json
import os
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "families")
GREEDY = 32  # tokens of each continuation
MARGIN = 1e-3  # least distance between the two largest logits on the way: below it "identical" would be luck
FAMILIES = {}


def family(name):
    """Registers a function that writes the folders families/NAME/*."""

    def register(make):
        FAMILIES[name] = make
        return make

    return register


def randomize(model, name):
    """Weights of a size that makes every part matter (a fresh model is nearly linear), from a seed made of the name."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if p.dim() == 1:  # norms around 1, biases around 0
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            elif "embed" in key or "shared" in key:
                p.copy_(noise if not model.config.tie_word_embeddings else noise * p.shape[-1] ** -0.5 * 2)
            else:
                p.copy_(noise * 1.4 * p.shape[-1] ** -0.5)
    return rng


def save(model, name, dtype="float32", shard="1GB", edit=None):
    """Saves the model with weights rounded to `dtype` and loads it again in float32. `edit` changes config.json as published ones differ."""
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.to(getattr(torch, dtype)).save_pretrained(folder, max_shard_size=shard)
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)
    if edit:
        path = os.path.join(folder, "config.json")
        with open(path) as f:
            config = json.load(f)
        edit(config)
        with open(path, "w") as f:
            json.dump(config, f, indent=2)
            f.write("\n")
    again = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    for (key, a), (_, b) in zip(model.named_parameters(), again.named_parameters()):
        assert torch.equal(a.float(), b), f"{name}: {key} changed on the way through the folder"
    return again, folder


def write(folder, tensors):
    """golden.safetensors: integers as int32, the rest float32."""
    plain = {k: (v.to(torch.float32) if v.is_floating_point() else v.to(torch.int32)).contiguous() for k, v in tensors.items()}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    save_file(plain, os.path.join(folder, "golden.safetensors"), metadata=versions)
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print(f"{os.path.relpath(folder, HERE)}: {size / 1024:.0f} KB")


def pick(logits, where):
    """The largest logit of one position, which must be clear."""
    best = logits.topk(2).values
    assert best[0] - best[1] > MARGIN, f"{where}: the two best logits are {best.tolist()}; change the prompt"
    return int(logits.argmax())


def padded(prompts, side):
    """Rows of one length with 0 where there is no token, and the mask that says so."""
    n = max(map(len, prompts))
    ids, mask = torch.zeros(len(prompts), n, dtype=torch.long), torch.zeros(len(prompts), n, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        at = slice(0, len(prompt)) if side == "right" else slice(n - len(prompt), n)
        ids[row, at], mask[row, at] = torch.tensor(prompt), 1
    return ids, mask


@torch.no_grad()
def causal(model, name, length=14, **options):
    """A decoder-only model: hidden states and logits of one prompt, greedy continuations, and a batch padded on either side."""
    rng = randomize(model, name)
    model, folder = save(model, name, **options)
    vocab = model.config.vocab_size
    prompts = [torch.randint(3, vocab, (n,), generator=rng).tolist() for n in (length, 5, 9)]
    ids = torch.tensor(prompts[:1])
    out = {"ids": ids, "hidden": model.model(ids).last_hidden_state, "logits": model(ids).logits}
    greedy = []
    for prompt in prompts:
        text = list(prompt)
        while len(text) < len(prompt) + GREEDY:  # whole sequences, no cache: the plainest meaning of the model
            text.append(pick(model(torch.tensor([text])).logits[0, -1], name))
        greedy.append(text[len(prompt) :])
    out["greedy"] = torch.tensor(greedy)
    for side in ("left", "right"):
        ids, mask = padded(prompts, side)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        out[f"{side}.ids"], out[f"{side}.mask"] = ids, mask
        out[f"{side}.hidden"] = model.model(ids, attention_mask=mask, position_ids=positions).last_hidden_state * mask[..., None]
    write(folder, out)


@family("llama")
def llama():
    # Six heads on two groups of keys and values, an odd feed-forward width, heads of 10: not what fused kernels like.
    shape = dict(vocab_size=97, hidden_size=60, intermediate_size=101, num_hidden_layers=2, max_position_embeddings=64)
    causal(LlamaForCausalLM(LlamaConfig(**shape, num_attention_heads=6, num_key_value_heads=2, rms_norm_eps=1e-5)), "llama/untied")
    shape |= dict(hidden_size=48, num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=True, attention_bias=True, mlp_bias=True)
    causal(LlamaForCausalLM(LlamaConfig(**shape, rope_theta=5e5)), "llama/tied-bf16-sharded", dtype="bfloat16", shard="20KB")


@family("qwen2")
def qwen2():
    shape = dict(vocab_size=90, hidden_size=70, intermediate_size=77, num_hidden_layers=2, max_position_embeddings=64)
    config = Qwen2Config(**shape, num_attention_heads=5, num_key_value_heads=1, tie_word_embeddings=True)
    causal(Qwen2ForCausalLM(config), "qwen2/tied")
    config = Qwen2Config(**shape | dict(hidden_size=96), num_attention_heads=6, num_key_value_heads=3, rope_theta=1e6)
    causal(Qwen2ForCausalLM(config), "qwen2/untied-fp16", dtype="float16")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or FAMILIES:
        FAMILIES[wanted]()
