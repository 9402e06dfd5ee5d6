# Writes test/golden/training/: three AdamW steps of PyTorch on the golden checkpoints, over a batch of mixed rows. Run by hand when a
# case changes, with the packages of requirements.txt; read by test/golden/training.ts.
#
#   /tmp/golden/bin/python test/golden/make_training.py                    every folder
#   /tmp/golden/bin/python test/golden/make_training.py llava/clip t5/flan   these
#
# The loss is the mean over all loss tokens of the batch. Each row runs by itself, so that no padding is involved, and gradients add up.
# Nothing drops out, nothing is clipped, and routers have no loss of their own. Weight decay is for parameters of two axes and more.
import json
import math
import os
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file
from torch.nn import functional as F

from training_rows import FAMILIES, TEMPLATES, rows_of

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 3
OPTIMIZER = {"name": "AdamW", "lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weightDecay": 0.01}
# Runs from weights that differ in the last bits say which values rounding decides: Adam makes a whole step of any gradient that is not
# exactly 0, such as that of a bias before softmax. Such elements are not among the sampled ones.
NUDGE, NUDGES, DETERMINED = 3e-7, 3, 1e-5
SAMPLED = 4

FOLDERS = [
    "llama/untied", "llama/tied-bf16-sharded", "llama-rope/llama3", "llama-rope/yarn", "windows/mistral", "windows/qwen2-from-layer-one",
    "qwen2/tied", "qwen2/untied-fp16", "qwen3/tied-bf16", "qwen3/untied", "mixtral/five-experts", "mixtral/three-of-four-fp16-sharded",
    "smollm3/tied-bf16", "smollm3/untied-yarn-windows", "lfm2/tied-bf16", "lfm2/untied", "gemma/one-bf16", "gemma/two", "gemma3/tied-bf16", "gemma3/untied", "opt/tied", "opt/untied-fp16", "t5/flan", "t5/first-bf16",
    "llava/clip", "llava/layers-full-bf16", "llava/siglip", "llava-next/clip-mistral", "llava-next/siglip-llama", "llava-onevision/siglip-qwen2",
    "idefics2/whole", "idefics2/split", "idefics3/tiles", "internvl/qwen2", "internvl/rms-norm", "pixtral/mistral", "lfm2-vl/tied", "gemma3-vl/tied", "paligemma/gemma", "paligemma/gemma2", "qwen2-vl/untied", "qwen2-5-vl/tied", "qwen3-vl/tied", "qwen3-vl/untied", "fuyu/untied", "kosmos2/tied",
    "blip-2/opt", "blip-2/t5-every-layer", "blip-2/t5-every-second", "instructblip/vicuna", "instructblip/t5",
]  # fmt: skip
# Parts of the names of parameters in the module tree that the second run freezes: the vision tower, without what projects to the language model.
TOWERS = ("vision_tower.", "vision_model.", "visual.")


def within(key, parts):
    """Whether a parameter is in one of these parts and not in what merges patches for the language model."""
    return any(part in key for part in parts) and "merger" not in key


def load(name):
    """The model of a folder in float32, without dropout, its gradients whole: PyTorch leaves the row of the padding id out of them."""
    folder = os.path.join(FAMILIES, name)
    config = transformers.AutoConfig.from_pretrained(folder)
    made = getattr(transformers, config.architectures[0])
    model = made.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    if hasattr(model.config, "num_local_experts"):
        model.set_experts_implementation("eager")
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding):
            module.padding_idx = None
    return model


def logits_of(model, row):
    """Logits of one row, [ids, vocabulary]."""
    ids = torch.tensor([row.ids])
    if row.source is not None:
        source = torch.tensor([row.source])
        if "pixel_values" in row.given or not hasattr(model, "qformer"):
            return model(input_ids=source, decoder_input_ids=ids, use_cache=False, **row.given).logits[0]
        return model.language_model(input_ids=source, decoder_input_ids=ids, use_cache=False).logits[0]
    if hasattr(model, "qformer") and "pixel_values" not in row.given:
        return model.language_model(input_ids=ids, use_cache=False).logits[0]
    if hasattr(model, "text_model") and not row.given:  # Kosmos-2
        return model.text_model(input_ids=ids, use_cache=False).logits[0]
    return model(input_ids=ids, use_cache=False, **row.given).logits[0]


def summed(model, row):
    """The sum of the losses of a row's tokens."""
    logits = logits_of(model, row)
    places, targets = [i - 1 for i in row.loss], [row.ids[i] for i in row.loss]
    return F.cross_entropy(logits[places], torch.tensor(targets), reduction="sum")


def adamw(parameters):
    parameters = [p for p in parameters if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": OPTIMIZER["weightDecay"]},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=OPTIMIZER["lr"], betas=OPTIMIZER["betas"], eps=OPTIMIZER["eps"])


def saved(model):
    """Tensors by their names in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        files = [f for f in os.listdir(folder) if f.endswith(".safetensors")]
        return {k: v for f in files for k, v in load_file(os.path.join(folder, f)).items()}


def run(name, rows, frozen=(), nudge=None):
    """Losses before each step and after the last, the norm of the first gradient, and all tensors of the folder afterwards."""
    model = load(name)
    if nudge is not None:
        rng = torch.Generator().manual_seed(nudge)
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(1 + NUDGE * torch.randn(p.shape, generator=rng))
    for key, p in model.named_parameters():
        p.requires_grad_(not within(key, frozen))
    optimizer = adamw(model.parameters())
    count = sum(len(row.loss) for row in rows)
    losses, norm, per_row = [], None, None
    for step in range(STEPS + 1):
        optimizer.zero_grad(set_to_none=True)
        values = []
        for row in rows:
            loss = summed(model, row) / count
            values.append(loss.item())
            if step < STEPS:
                loss.backward()
        losses.append(sum(values))
        if step == 0:
            per_row = [v * count / len(r.loss) for v, r in zip(values, rows)]
            norm = math.sqrt(sum(p.grad.double().pow(2).sum().item() for p in model.parameters() if p.grad is not None))
        if step < STEPS:
            optimizer.step()
    return {"losses": losses, "rows": per_row, "norm": norm, "tensors": saved(model)}


def digits(value, n=8):
    return float(f"{value:.{n}g}")


def summaries(name, got, nudged, start):
    """For every tensor that moved: mean, root mean square and sampled elements; and the names of those that PyTorch left alone."""
    rng = torch.Generator().manual_seed(1)
    out, still = {}, []
    for key in sorted(got["tensors"]):
        value, before = got["tensors"][key].double(), start[key].double()
        if not value.is_floating_point() or torch.equal(value, before):
            still.append(key)
            continue
        others = [n["tensors"][key].double() for n in nudged]
        spread = torch.stack([(o - value).abs() for o in others]).amax(0).flatten()
        moments = lambda x: [x.mean().item(), x.pow(2).mean().sqrt().item()]
        fits = all(abs(a - b) < DETERMINED for o in others for a, b in zip(moments(value), moments(o)))
        sure = (spread < DETERMINED).nonzero().flatten()
        # Rather elements that moved by more than decay.
        moved = sure[(value - before).flatten()[sure].abs() > 1e-4]
        pool = moved if len(moved) >= SAMPLED else sure
        at = sorted(pool[torch.randperm(len(pool), generator=rng)[:SAMPLED]].tolist())
        fact = {"shape": list(value.shape)}
        if fits:
            fact |= {"mean": digits(moments(value)[0]), "rms": digits(moments(value)[1])}
        if at:
            fact |= {"at": at, "values": [digits(value.flatten()[i].item()) for i in at]}
        if not fits or len(sure) < len(spread):
            fact["undetermined"] = len(spread) - len(sure)
        out[key] = fact
    return out, still


def variant(name, rows, frozen=()):
    got = run(name, rows, frozen)
    nudged = [run(name, rows, frozen, nudge=i) for i in range(NUDGES)]
    if max(abs(a - b) for other in nudged for a, b in zip(other["losses"], got["losses"])) > DETERMINED:
        return None
    start = saved(load(name))
    folder = os.path.join(FAMILIES, name)
    names = {k for f in os.listdir(folder) if f.startswith("model") and f.endswith(".safetensors") for k in load_file(os.path.join(folder, f))}
    assert names == set(start), f"{name}: {names ^ set(start)}"
    parameters, still = summaries(name, got, nudged, start)
    return {
        "frozen": sorted(k for k in still if within(k, frozen)),
        "losses": [digits(v) for v in got["losses"]],
        "rowLosses": [digits(v) for v in got["rows"]],
        "gradientNorm": digits(got["norm"]),
        "untouched": sorted(k for k in still if not within(k, frozen)),
        "parameters": parameters,
    }


def dumps(facts):
    """JSON with a line for each row and parameter."""
    lines, compact = [], lambda v: json.dumps(v, separators=(",", ":"))
    for key, value in facts.items():
        if key == "rows":
            lines.append('"rows":[\n  ' + ",\n  ".join(compact(r) for r in value) + "\n]")
        elif key == "variants":
            each = []
            for name, v in value.items():
                inner = [f"{compact(k)}:{compact(x)}" for k, x in v.items() if k != "parameters"]
                inner.append('"parameters":{\n    ' + ",\n    ".join(f"{compact(k)}:{compact(x)}" for k, x in v["parameters"].items()) + "\n  }")
                each.append(f"{compact(name)}:{{\n  " + ",\n  ".join(inner) + "\n}")
            lines.append('"variants":{\n' + ",\n".join(each) + "\n}")
        else:
            lines.append(f"{compact(key)}:{compact(value)}")
    return "{" + ",\n".join(lines) + "}\n"


def make(name):
    """Writes the file of one folder."""
    config = load(name).config
    for shift in range(20):  # other images or ids where rounding decides what is learnt
        rows = rows_of(name, config, shift)
        variants = {"all": variant(name, rows)}
        if variants["all"] and any(any(part in key for part in TOWERS) for key in variants["all"]["parameters"]):
            variants["visionFrozen"] = variant(name, rows, TOWERS)
        if None not in variants.values():
            break
    else:
        raise ValueError(f"{name}: rounding decides the losses of every batch")
    facts = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "model": name,
        "optimizer": OPTIMIZER,
        **({"template": TEMPLATES[family]} if (family := name.split("/")[0]) in TEMPLATES else {}),
        "rows": [r.json() for r in rows],
        "lossTokens": sum(len(r.loss) for r in rows),
        "variants": variants,
    }
    path = os.path.join(HERE, "training", f"{name}.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(dumps(facts))
    count = {k: sum(p.get("undetermined", 0) for p in v["parameters"].values()) for k, v in variants.items()}
    print(name, f"{os.path.getsize(path) / 1024:.0f} KB", variants["all"]["losses"], "undetermined", count, "untouched", len(variants["all"]["untouched"]), "shift", shift, flush=True)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or FOLDERS:
        make(wanted)
