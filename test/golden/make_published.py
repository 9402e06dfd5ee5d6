# Writes test/golden/families/published/: small random checkpoints in the shape in which models are published - older configs, names and
# extra tensors, as the hub has them and transformers' own saving does not write them any more - and what transformers computes from them.
# Run by hand as make.py is:
#
#   /tmp/golden/bin/python test/golden/make_published.py             all
#   /tmp/golden/bin/python test/golden/make_published.py clip        these
import hashlib
import json
import os
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

import make
from make import HERE, save, write

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def edit(path, change):
    """Changes a JSON file."""
    with open(path) as f:
        value = json.load(f)
    change(value)
    with open(path, "w") as f:
        json.dump(value, f, indent=2)
        f.write("\n")


TEXTS = ["a photo of a cat", "A  Photo\tOF a CAT", "it's 2 dogs, isn't it?!", "na\u00efve cafe\u0301 \u2014 \u732b \U0001f431", "", "line\nbreak", "the cat and the dog and the cat and the dog and the cat and the dog"]


@case
def clip():
    """Both ways to say where a text ends: 2, as OpenAI's configs have it, and the id."""
    letters = sorted(make.pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e</w>"), ("c", "a"), ("ca", "t</w>"), ("d", "o"), ("p", "h"), ("a", "n"), ("an", "d</w>")]
    words = letters + [x + "</w>" for x in letters] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    vocab = {w: i for i, w in enumerate(words)}
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=20)
    start, end = vocab["<|startoftext|>"], vocab["<|endoftext|>"]
    text = dict(vocab_size=len(vocab), hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3, max_position_embeddings=20)
    vision = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=16)
    config = CLIPConfig(text_config={**text, "bos_token_id": start, "eos_token_id": end, "pad_token_id": end}, vision_config=vision, projection_dim=12)
    model, folder = saved(CLIPModel(config), "published/clip")
    tokenizer.save_pretrained(folder)
    transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    inputs = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
    out = {"ids": inputs["input_ids"], "lengths": inputs["attention_mask"].sum(1)}
    for name, eos in (("true", end), ("legacy", 2)):
        model.text_model.eos_token_id = eos
        with torch.no_grad():
            vectors = model.get_text_features(**inputs)
        vectors = getattr(vectors, "pooler_output", vectors)
        out[name] = vectors / vectors.norm(dim=-1, keepdim=True)
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump({"texts": TEXTS, "end": end}, f, indent=1)
    write(folder, out)


ROPES = {
    # Qwen2.5-VL's model card for long texts, in its words, and further forms; positions of three kinds.
    "yarn-mrope": ("qwen2-5-vl/tied", dict(rope_scaling=dict(type="yarn", mrope_section=None, factor=4, original_max_position_embeddings=16), rope_theta=1000.0)),
    "yarn-mrope-five": ("qwen2-vl/untied", dict(rope_parameters=dict(rope_type="yarn", mrope_section=None, factor=2.5, beta_fast=20, beta_slow=2, rope_theta=500.0))),
    "linear-mrope": ("qwen2-vl/untied", dict(rope_scaling=dict(rope_type="linear", mrope_section=None, factor=3.0))),
    # LLaMA's relatives in both spellings.
    "yarn-mscale": ("llama/untied", dict(rope_scaling=dict(type="yarn", factor=8.0, mscale=0.7, mscale_all_dim=1.3, original_max_position_embeddings=8))),
    "yarn-attention": ("qwen3/untied", dict(rope_parameters=dict(rope_type="yarn", rope_theta=800.0, factor=4.0, attention_factor=1.7, truncate=False, original_max_position_embeddings=12))),
    "yarn-no-factor": ("qwen2/untied-fp16", dict(rope_scaling=dict(rope_type="yarn", factor=None), original_max_position_embeddings=16, rope_theta=300.0)),
    "llama3-of-context": ("llama/untied", dict(rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0))),
    "both-spellings": ("llama/untied", dict(rope_scaling=dict(type="linear", factor=2.0), rope_parameters=dict(rope_type="default", rope_theta=10000.0))),
}


@case
def ropes():
    """Logits of golden folders whose config.json has other rotary settings: only those and the config are kept."""
    folder = os.path.join(HERE, "published/ropes")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    out, notes = {}, {}
    for name, (base, change) in ROPES.items():
        work = os.path.join("/tmp", "golden-ropes")
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(os.path.join(HERE, base), work)
        path = os.path.join(work, "config.json")
        with open(path) as f:
            config = json.load(f)
        text = config.get("text_config", config)
        old = text.pop("rope_parameters", None) or text.pop("rope_scaling", None) or {}
        theta = text.pop("rope_theta", None) or old.get("rope_theta")
        change = json.loads(json.dumps(change))
        for rope in (change.get("rope_scaling"), change.get("rope_parameters")):
            if rope and "mrope_section" in rope:
                rope["mrope_section"] = old.get("mrope_section")
        if "rope_theta" not in change and "rope_theta" not in (change.get("rope_parameters") or {}):
            change["rope_theta"] = theta or 10000.0
        text.update(change)
        with open(path, "w") as f:
            json.dump(config, f)
        mixed = "mrope" in name
        cls = {"qwen2-5-vl": transformers.Qwen2_5_VLForConditionalGeneration, "qwen2-vl": transformers.Qwen2VLForConditionalGeneration}.get(base.split("/")[0], transformers.AutoModelForCausalLM)
        model = cls.from_pretrained(work, dtype=torch.float32, attn_implementation="eager").eval()
        rng = torch.Generator().manual_seed(7)
        ids = torch.randint(3, 50, (1, 24), generator=rng)
        given = {}
        if mixed:
            positions = torch.stack([torch.arange(24), torch.arange(24) // 2, torch.arange(24) % 7 + 3]).reshape(3, 1, 24)
            given = dict(position_ids=positions)
            out[f"{name}.positions"] = positions
        with torch.no_grad():
            out[f"{name}.logits"] = model(input_ids=ids, **given).logits
        out[f"{name}.ids"] = ids
        notes[name] = {"folder": base, "nested": "text_config" in config, "remove": ["rope_parameters", "rope_scaling", "rope_theta"], "change": change}
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(notes, f, indent=1)
    write(folder, out)


MEAN, STD = [0.48, 0.46, 0.41], [0.27, 0.26, 0.28]
PATCHES = {"patch_size": 4, "merge_size": 2, "temporal_patch_size": 2, "image_mean": MEAN, "image_std": STD}
SQUARE = {"size": {"height": 32, "width": 32}, "image_mean": MEAN, "image_std": STD}
# Folder, what stands in which file, and the frames: (width, height, how many).
VIDEOS = {
    "qwen2-own-file": ("qwen2-vl/untied", {"preprocessor_config.json": {**PATCHES, "min_pixels": 64, "max_pixels": 512}, "video_preprocessor_config.json": {"video_processor_type": "Qwen2VLVideoProcessor", **PATCHES, "size": {"shortest_edge": 384, "longest_edge": 1280}}}, (50, 37, 3)),
    "qwen2-image-file": ("qwen2-vl/untied", {"preprocessor_config.json": {"image_processor_type": "Qwen2VLImageProcessor", **PATCHES, "min_pixels": 256, "max_pixels": 1024, "resample": 2}}, (21, 90, 2)),
    "qwen2.5-own-file": ("qwen2-5-vl/tied", {"video_preprocessor_config.json": {**PATCHES, "min_pixels": 2000, "max_pixels": 4000}, "preprocessor_config.json": PATCHES}, (30, 20, 4)),
    "onevision-own-file": ("llava-onevision/siglip-qwen2", {"video_preprocessor_config.json": {"video_processor_type": "LlavaOnevisionVideoProcessor", **SQUARE, "resample": 3}}, (70, 45, 2)),
    "onevision-own-filter": ("llava-onevision/siglip-qwen2", {"video_preprocessor_config.json": {**SQUARE, "resample": 2, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}}, (19, 60, 3)),
    "onevision-nested": ("llava-onevision/siglip-qwen2", {"processor_config.json": {"video_processor": {**SQUARE, "resample": 1}}, "video_preprocessor_config.json": {**SQUARE, "resample": 2}}, (70, 45, 2)),
}


@case
@torch.no_grad()
def videos():
    """Frames that the video processors resize: pixels and features of golden folders with other processor files."""
    folder = os.path.join(HERE, "published/videos")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    out, notes = {}, {}
    for name, (base, files, (width, height, count)) in VIDEOS.items():
        work = os.path.join("/tmp", "golden-videos")
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(os.path.join(HERE, base), work)
        remove = [f for f in ("processor_config.json", "video_preprocessor_config.json") if f not in files and os.path.exists(os.path.join(work, f)) and not (base.startswith("llava") and f == "processor_config.json")]
        for f in remove:
            os.remove(os.path.join(work, f))
        for f, content in files.items():
            path = os.path.join(work, f)
            old = json.load(open(path)) if os.path.exists(path) and f == "processor_config.json" else {}
            with open(path, "w") as handle:
                json.dump({**old, **content}, handle)
        onevision = base.startswith("llava")
        cls = transformers.LlavaOnevisionVideoProcessor if onevision else transformers.Qwen2VLVideoProcessor
        processor = cls.from_pretrained(work)
        frames = [make.noise_image(width, height, seed + 11) for seed in range(count)]
        inputs = processor([frames], return_tensors="pt")
        model_class = transformers.LlavaOnevisionForConditionalGeneration if onevision else transformers.Qwen2_5_VLForConditionalGeneration if "2-5" in base else transformers.Qwen2VLForConditionalGeneration
        model = model_class.from_pretrained(work, dtype=torch.float32, attn_implementation="eager").eval()
        if onevision:
            rows = model.get_video_features(inputs["pixel_values_videos"]).pooler_output.flatten(0, 1)
        else:
            rows = torch.cat(list(model.get_video_features(inputs["pixel_values_videos"], inputs["video_grid_thw"]).pooler_output))
            out[f"{name}.grid"] = inputs["video_grid_thw"][0]
        out[f"{name}.pixels"], out[f"{name}.rows"] = inputs["pixel_values_videos"], rows
        notes[name] = {"folder": base, "remove": remove, "files": files, "width": width, "height": height, "count": count}
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(notes, f, indent=1)
    write(folder, out)


@case
def edges():
    """Images one pixel wide, cut into quarters by Idefics 2: bytes of the views."""
    folder = os.path.join(HERE, "published/edges")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    processor = make.Idefics2ImageProcessorPil(size={"shortest_edge": 12, "longest_edge": 24}, do_image_splitting=True)
    out = {}
    for width, height in ((1, 2), (1, 20), (1, 300)):
        pixels = processor([make.noise_image(width, height, 3)], return_tensors="pt")["pixel_values"][0]
        out[f"{width}x{height}"] = ((pixels + 1) * 127.5).round().to(torch.uint8)
    write(folder, out)


@case
def opt():
    """The layers of OPT-350m: norms after, narrow embeddings, no last norm."""
    shape = dict(word_embed_proj_dim=20, do_layer_norm_before=False)
    write_opt("published/opt-350m", max_position_embeddings=40, **shape)


@case
def opt_plain():
    """Galactica's settings: no biases, norms without weights, gelu."""
    shape = dict(enable_bias=False, layer_norm_elementwise_affine=False, activation_function="gelu")
    write_opt("published/opt-plain", max_position_embeddings=32, word_embed_proj_dim=32, **shape)


@torch.no_grad()
def write_opt(name, **shape):
    config = transformers.OPTConfig(vocab_size=61, hidden_size=32, ffn_dim=40, num_hidden_layers=2, num_attention_heads=2, eos_token_id=2, pad_token_id=1, **shape)
    model, folder = saved(transformers.OPTForCausalLM(config), name)
    ids = torch.randint(3, 60, (2, 12), generator=torch.Generator().manual_seed(5))
    model.generation_config.eos_token_id = None
    greedy = model.generate(ids, max_new_tokens=16, do_sample=False)[:, 12:]
    os.remove(os.path.join(folder, "generation_config.json"))
    write(folder, {"ids": ids, "logits": model(ids).logits, "greedy": greedy})


def saved(model, name):
    """Random weights, saved as float16 and loaded again; names as transformers writes them."""
    randomize(model, name)
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder)
    again = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return again, folder


def randomize(model, name):
    """Weights of a size that makes every part matter, from a seed made of the name."""
    rng = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little"))
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if p.dim() == 1:
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            elif p.dim() > 1:
                p.copy_(noise if "embed" in key or "shared" in key else noise * 1.4 * p[0].numel() ** -0.5)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or CASES:
        CASES[wanted]()
