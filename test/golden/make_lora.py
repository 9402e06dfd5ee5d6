# Writes test/golden/lora/: adapters of peft on golden checkpoints before and after five AdamW steps, in PEFT's layout, with the losses and
# what the merged model computes. Run by hand with the packages of requirements.txt and peft==0.21.2; read by test/golden/lora.ts.
#
#   /tmp/golden/bin/python test/golden/make_lora.py
#
# Every case trains on the batch of make_training.py with its loss and optimizer; only what peft trains moves. A and B of an adapter are
# filled from a seed before the first step, with B not 0, so that the adapter matters from the beginning.
import json
import os
import shutil
import sys
import tempfile

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file

from make_training import DETERMINED, NUDGE, OPTIMIZER, adamw, digits, dumps, load, logits_of, summed
from training_rows import TEMPLATES, rows_of

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lora")
STEPS = 5


def attention(model):
    """q_proj and v_proj of the language model, by their whole names."""
    return [n for n, _ in model.named_modules() if n.endswith((".q_proj", ".v_proj")) and "vision" not in n]


def every_linear(model):
    """Linear layers of decoder, connector and vision tower, without the head."""
    return [n for n, m in model.named_modules() if isinstance(m, torch.nn.Linear) and "lm_head" not in n]


def connector(model):
    return [n for n, _ in model.named_modules() if n.endswith(("multi_modal_projector", "model.connector"))]


CASES = {
    # name: (folder, how target modules are chosen, further settings)
    "llama-attention": ("llama/untied", attention, {}),
    "llama-rslora-dora": ("llama/untied", attention, dict(use_rslora=True, use_dora=True)),
    "llama-embeddings": ("llama/untied", attention, dict(modules_to_save=["embed_tokens", "lm_head"])),
    "llava-attention": ("llava/clip", attention, {}),
    "llava-rslora-dora": ("llava/clip", attention, dict(use_rslora=True, use_dora=True)),
    "llava-every-linear": ("llava/clip", every_linear, {}),
    "llava-connector": ("llava/clip", attention, dict(modules_to_save=["multi_modal_projector"])),
    "idefics3-attention": ("idefics3/tiles", attention, {}),
    "idefics3-rslora-dora": ("idefics3/tiles", attention, dict(use_rslora=True, use_dora=True)),
    "idefics3-every-linear": ("idefics3/tiles", every_linear, {}),
}


def fill(model):
    """A and B from a seed of the place of a tensor among those of the adapter; DoRA's magnitudes are those of the weights, as peft sets them."""
    with torch.no_grad():
        for i, (_, p) in enumerate(sorted((n, p) for n, p in model.named_parameters() if "lora_A" in n or "lora_B" in n)):
            p.copy_(torch.randn(p.shape, generator=torch.Generator().manual_seed(i)) * (0.3 * p.shape[-1] ** -0.5))
        for _, module in model.named_modules():
            if getattr(module, "use_dora", {}).get("default"):  # from the weight with the adapter in it
                module.lora_magnitude_vector["default"].update_layer(base_layer=module.get_base_layer(), lora_A=module.lora_A["default"].weight, lora_B=module.lora_B["default"].weight, scaling=module.scaling["default"])


def adapted(folder, choose, more):
    base = load(folder)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=choose(base), lora_dropout=0.0, **more)
    model = get_peft_model(base, config)
    fill(model)
    return model.eval()


def run(case, folder, choose, more, nudge=None):
    """Losses, and the adapter's folder before and after."""
    rows = rows_of(folder, load(folder).config)
    count = sum(len(r.loss) for r in rows)
    model = adapted(folder, choose, more)
    if nudge is not None:
        rng = torch.Generator().manual_seed(nudge)
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(1 + NUDGE * torch.randn(p.shape, generator=rng))
    else:
        model.save_pretrained(os.path.join(HERE, case, "before"))
    inner = model.get_base_model()
    logits = lambda: [digits(v, 7) for v in logits_of(inner, rows[0])[-1].tolist()]
    with torch.no_grad():
        first = logits()
    optimizer = adamw(model.parameters())
    losses = []
    for step in range(STEPS + 1):
        optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for row in rows:
            loss = summed(inner, row) / count
            total += loss.item()
            if step < STEPS:
                loss.backward()
        losses.append(total)
        if step < STEPS:
            optimizer.step()
    target = os.path.join(HERE, case, "after") if nudge is None else tempfile.mkdtemp()
    model.save_pretrained(target)
    with torch.no_grad():
        last = logits()
        merged = model.merge_and_unload()
        last_merged = [digits(v, 7) for v in logits_of(merged, rows[0])[-1].tolist()]
    tensors = load_file(os.path.join(target, "adapter_model.safetensors"))
    if nudge is not None:
        shutil.rmtree(target)
    return rows, {"losses": losses, "before": first, "after": last, "merged": last_merged, "tensors": tensors}


def make(case):
    """Writes one adapter before and after, and the file beside it."""
    folder, choose, more = CASES[case]
    shutil.rmtree(os.path.join(HERE, case), ignore_errors=True)
    rows, got = run(case, folder, choose, more)
    others = [run(case, folder, choose, more, nudge=i)[1] for i in range(6)]
    wobble = max(abs(a - b) for o in others for a, b in zip(o["losses"], got["losses"]))
    assert wobble < 2 * DETERMINED, f"{case}: {wobble}"
    # Places that rounding decides: a gradient that is 0 but for rounding.
    unsure = {}
    for key, value in got["tensors"].items():
        spread = torch.stack([(o["tensors"][key] - value).abs() for o in others]).amax(0).flatten()
        if (places := (spread > DETERMINED).nonzero().flatten().tolist()):
            unsure[key] = places
    for part in ("before", "after"):
        at = os.path.join(HERE, case, part)
        for file in os.listdir(at):
            if not file.startswith("adapter_"):
                os.remove(os.path.join(at, file))
        path = os.path.join(at, "adapter_config.json")
        with open(path) as f:
            config = json.load(f)
        config["base_model_name_or_path"] = folder
        config["target_modules"] = sorted(config["target_modules"])
        with open(path, "w") as f:
            json.dump(config, f, indent=2, sort_keys=True)
            f.write("\n")
    facts = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
        "model": folder,
        "optimizer": OPTIMIZER,
        **({"template": TEMPLATES[folder.split("/")[0]]} if folder.split("/")[0] in TEMPLATES else {}),
        "rows": [r.json() for r in rows],
        "losses": [digits(v) for v in got["losses"]],
        "logits": {k: got[k] for k in ("before", "after", "merged")},
        "undetermined": unsure,
    }
    with open(os.path.join(HERE, case, "golden.json"), "w") as f:
        f.write(dumps(facts))
    size = sum(os.path.getsize(os.path.join(d, x)) for d, _, files in os.walk(os.path.join(HERE, case)) for x in files)
    print(case, f"{size / 1024:.0f} KB", facts["losses"], "wobble", f"{wobble:.0e}", "unsure", sum(map(len, unsure.values())), flush=True)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or CASES:
        make(wanted)
