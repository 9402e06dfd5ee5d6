# Adapters as peft writes them, on golden checkpoints, and the logits that peft computes with them: test/golden/peft/NAME/.
# Run by hand: python test/golden/make_peft.py
# With CHECK=DIR it loads adapters of ours (DIR/NAME, which test/adapters-peft.test.ts writes where SENSORIUM_PEFT_OUT says) and prints how far peft's logits are from those stored there.

import json
import os
import shutil
import sys
import warnings

sys.path.remove(os.path.dirname(os.path.abspath(__file__)))  # tokenizers.py here is not the package
warnings.filterwarnings("ignore")
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = os.path.join(HERE, "families")

CASES = {
    "llama": ("llama/untied", dict(r=4, target_modules=["q_proj", "v_proj", "down_proj"])),
    "llama-dora": ("llama/untied", dict(r=3, lora_alpha=5, target_modules="all-linear", use_dora=True)),
    "llama-patterns": (
        "llama/untied",
        dict(
            r=4,
            target_modules=r".*\.(q|o)_proj",
            use_rslora=True,
            rank_pattern={r"layers\.0\..*q_proj": 2},
            alpha_pattern={"o_proj": 3},
            lora_dropout=0.1,
        ),
    ),
    "llama-saved": ("llama/tied-bf16-sharded", dict(r=2, target_modules=["k_proj"], modules_to_save=["embed_tokens", "lm_head"], layers_to_transform=[1])),
    "t5": ("t5/flan", dict(r=2, target_modules=["q", "v", "wo"])),
    "opt": ("opt/tied", dict(r=2, target_modules=["q_proj", "fc1", "out_proj"])),
    "llava": ("llava/clip", dict(r=2, target_modules="all-linear", modules_to_save=["multi_modal_projector"])),
    "idefics3": ("idefics3/tiles", dict(r=2, target_modules=["q_proj", "k_proj", "down_proj", "modality_projection.proj"])),
    "qwen2-vl": ("qwen2-vl/untied", dict(r=2, target_modules=["q_proj", "qkv", "mlp.0"])),
    "fuyu": ("fuyu/untied", dict(r=2, target_modules=["query_key_value", "dense_4h_to_h", "vision_embed_tokens"])),
    "blip-2": ("blip-2/opt", dict(r=2, target_modules=["q_proj", "qkv", "query", "language_projection"])),
}


OWN = {f"own-{base.replace('/', '-')}": base for base in ("llama/untied", "llama/tied-bf16-sharded", "llava/clip", "blip-2/opt", "t5/flan")}


def base_of(name):
    folder = os.path.join(FAMILIES, OWN.get(name) or CASES[name][0])
    config = AutoConfig.from_pretrained(folder)
    return getattr(transformers, config.architectures[0]).from_pretrained(folder, dtype=torch.float32).eval()


IDS = torch.tensor([[5 + (i * 7) % 40 for i in range(9)]])


@torch.no_grad()
def logits(model):
    """Of a text without images, whatever the model."""
    kind = type(model.get_base_model() if hasattr(model, "get_base_model") else model).__name__
    if kind.startswith("T5"):
        return model(input_ids=IDS, decoder_input_ids=IDS).logits
    if kind.startswith("Blip2"):
        base = model.get_base_model()
        return base.language_model(input_ids=IDS).logits
    return model(input_ids=IDS).logits


@torch.no_grad()
def vision(model):
    """Rows of one image for the families whose towers are adapted here, of pixels that are a wave."""
    base = model.get_base_model()
    kind = type(base).__name__
    if kind.startswith("Llava"):
        size = base.config.vision_config.image_size
        return wave(1, 3, size, size), torch.cat([x.reshape(-1, x.shape[-1]) for x in pooled(base.model.get_image_features(pixel_values=wave(1, 3, size, size)))])
    if kind.startswith("Blip2"):
        size = base.config.vision_config.image_size
        seen = base.vision_model(pixel_values=wave(1, 3, size, size)).last_hidden_state
        queries = base.qformer(query_embeds=base.query_tokens, encoder_hidden_states=seen).last_hidden_state
        return wave(1, 3, size, size), base.language_projection(queries)[0]
    return None, None


def pooled(out):
    out = out.pooler_output if hasattr(out, "pooler_output") else out
    return out if isinstance(out, (list, tuple)) else [out]


def wave(*shape):
    count = 1
    for s in shape:
        count *= s
    return torch.sin(torch.arange(count, dtype=torch.float32) * 0.7).reshape(shape)


def make(name):
    torch.manual_seed(len(name))
    folder, options = CASES[name]
    model = get_peft_model(base_of(name), LoraConfig(**options)).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if p.requires_grad:
                p.add_(torch.randn_like(p) * 0.05)
        if name == "llama-saved":  # the head stays the embedding
            weights = dict(model.named_parameters())
            embedding = next(p for key, p in weights.items() if "embed_tokens.modules_to_save" in key)
            next(p for key, p in weights.items() if "lm_head.modules_to_save" in key).copy_(embedding)
    out = os.path.join(HERE, "peft", name)
    shutil.rmtree(out, ignore_errors=True)
    model.save_pretrained(out)
    os.remove(os.path.join(out, "README.md"))
    path = os.path.join(out, "adapter_config.json")
    config = json.load(open(path))
    config["base_model_name_or_path"] = f"test/golden/families/{folder}"
    for key in ("target_modules", "modules_to_save"):
        if isinstance(config[key], list):
            config[key] = sorted(config[key])
    json.dump(config, open(path, "w"), indent=2)
    pixels, rows = vision(model)
    golden = {"ids": IDS.to(torch.int32), "logits": logits(model)}
    if pixels is not None:
        golden.update(pixels=pixels, rows=rows.contiguous())
    save_file({k: v.contiguous() for k, v in golden.items()}, os.path.join(out, "golden.safetensors"))
    print(name, sum(p.numel() for p in model.parameters() if p.requires_grad), float((logits(model) - logits_of_base(name)).abs().max()))


def logits_of_base(name):
    base = base_of(name)
    if type(base).__name__.startswith("Blip2"):
        return base.language_model(input_ids=IDS).logits
    return logits(base)


def check(name, root):
    golden = load_file(os.path.join(root, name, "golden.safetensors"))
    model = PeftModel.from_pretrained(base_of(name), os.path.join(root, name)).eval()
    got = logits(model)
    line = [name, f"logits {float((got - golden['logits'].reshape(got.shape)).abs().max()):.2e}"]
    _, rows = vision(model)
    if rows is not None and "rows" in golden:
        line.append(f"rows {float((rows - golden['rows']).abs().max()):.2e}")
    line.append(f"moved {float((got - logits_of_base(name)).abs().max()):.3f}")
    print(*line)


if __name__ == "__main__":
    chosen = sys.argv[1:] or [*CASES, *(OWN if "CHECK" in os.environ else [])]
    for case in chosen:
        check(case, os.environ["CHECK"]) if "CHECK" in os.environ else make(case)
