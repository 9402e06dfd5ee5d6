# Writes test/golden/families/imagebind/tiny: a small ImageBind with random weights under the published names, and what a reference written
# here computes from it, by the paper (Girdhar et al. 2023, arXiv:2305.05665) and torch's own layers: transformers has no ImageBind. Filter banks
# of sounds follow Kaldi's definition. Read by test/families-imagebind.whole.test.ts.
#
#   /tmp/golden/bin/python test/golden/make_imagebind.py
import hashlib
import json
import math
import os
import shutil

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.processors import TemplateProcessing
from torch import nn
from torch.nn import functional as F
from transformers import PreTrainedTokenizerFast
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from make import HERE, noise_image, write

C = dict(
    out_embed_dim=20, image_size=28, kernel_size=[2, 7, 7], vision_embed_dim=24, vision_num_blocks=2, vision_num_heads=3,
    context_length=12, text_embed_dim=18, text_num_blocks=2, text_num_heads=2,
    audio_num_mel_bins=20, audio_target_len=36, audio_kernel_size=8, audio_stride=5, audio_embed_dim=16, audio_num_blocks=2, audio_num_heads=2,
    depth_kernel_size=9, depth_embed_dim=12, depth_num_blocks=1, depth_num_heads=3, thermal_kernel_size=14, thermal_embed_dim=16, thermal_num_blocks=1, thermal_num_heads=4,
    imu_channels=6, imu_length=40, imu_kernel_size=8, imu_embed_dim=16, imu_num_blocks=1, imu_num_heads=2,
)  # fmt: skip
MODALITIES = ["vision", "text", "audio", "depth", "thermal", "imu"]
LATERAL = ["audio", "depth", "thermal", "imu"]  # trained beside images alone: a learned key and value in each layer
GRADIENTS = {
    "vision": ["modality_preprocessors.vision.rgbt_stem.proj.1.weight", "modality_trunks.vision.pre_transformer_layer.0.weight"],
    "text": ["modality_preprocessors.text.pos_embed", "modality_heads.text.proj.1.weight"],
    "audio": ["modality_trunks.audio.blocks.1.attn.bias_k", "modality_preprocessors.audio.rgbt_stem.norm_layer.bias"],
    "depth": ["modality_preprocessors.depth.depth_stem.proj.weight"],
    "thermal": ["modality_trunks.thermal.blocks.0.mlp.fc1.weight"],
    "imu": ["modality_preprocessors.imu.imu_stem.proj.weight", "modality_trunks.imu.blocks.0.attn.bias_v"],
}


def weights(vocab):
    """Random values by the published names, of the published shapes."""
    out = {}

    def add(name, *shape, scale=None):
        rng = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little"))
        fan = math.prod(shape[1:]) or 1
        out[name] = (torch.randn(shape, generator=rng) * (fan**-0.5 if scale is None else scale)).half().float()

    def norm(name, width):
        add(f"{name}.weight", width, scale=0.2)
        out[f"{name}.weight"] = (out[f"{name}.weight"] + 1).half().float()
        add(f"{name}.bias", width, scale=0.3)

    for m in MODALITIES:
        width, pre, trunk = C[f"{m}_embed_dim"], f"modality_preprocessors.{m}", f"modality_trunks.{m}"
        side = C["image_size"]
        if m == "text":
            add(f"{pre}.token_embedding.weight", vocab, width, scale=1)
            add(f"{pre}.pos_embed", 1, C["context_length"], width, scale=0.5)
            out[f"{pre}.mask"] = torch.full((C["context_length"],) * 2, -math.inf).triu(1)
        else:
            add(f"{pre}.cls_token", 1, 1, width, scale=1)
        if m == "vision":
            add(f"{pre}.rgbt_stem.proj.1.weight", width, 3, *C["kernel_size"])
            add(f"{pre}.pos_embedding_helper.pos_embed", 1, 1 + (side // C["kernel_size"][1]) ** 2, width, scale=0.5)
            norm(f"{trunk}.pre_transformer_layer.0", width)
        elif m == "imu":
            add(f"{pre}.imu_stem.proj.weight", width, C["imu_channels"] * C["imu_kernel_size"])
            norm(f"{pre}.imu_stem.norm_layer", width)
            add(f"{pre}.pos_embed", 1, 1 + C["imu_length"] // C["imu_kernel_size"], width, scale=0.5)
        elif m != "text":
            stem, kernel = ("depth_stem" if m == "depth" else "rgbt_stem"), C[f"{m}_kernel_size"]
            stride = C.get(f"{m}_stride", kernel)
            shape = (C["audio_num_mel_bins"], C["audio_target_len"]) if m == "audio" else (side, side)
            add(f"{pre}.{stem}.proj.weight", width, 1, kernel, kernel)
            norm(f"{pre}.{stem}.norm_layer", width)
            add(f"{pre}.pos_embedding_helper.pos_embed", 1, 1 + math.prod((n - kernel) // stride + 1 for n in shape), width, scale=0.5)
        for b in range(C[f"{m}_num_blocks"]):
            block = f"{trunk}.blocks.{b}"
            add(f"{block}.attn.in_proj_weight", 3 * width, width, scale=1.4 * width**-0.5)
            add(f"{block}.attn.in_proj_bias", 3 * width, scale=0.3)
            add(f"{block}.attn.out_proj.weight", width, width)
            add(f"{block}.attn.out_proj.bias", width, scale=0.3)
            if m in LATERAL:
                add(f"{block}.attn.bias_k", 1, 1, width, scale=1)
                add(f"{block}.attn.bias_v", 1, 1, width, scale=1)
            norm(f"{block}.norm_1", width)
            norm(f"{block}.norm_2", width)
            add(f"{block}.mlp.fc1.weight", 4 * width, width)
            add(f"{block}.mlp.fc1.bias", 4 * width, scale=0.3)
            add(f"{block}.mlp.fc2.weight", width, 4 * width)
            add(f"{block}.mlp.fc2.bias", width, scale=0.3)
        head = f"modality_heads.{m}.proj" if m == "text" else f"modality_heads.{m}"
        norm(f"{head}.0", width)
        add(f"{head}.{1 if m == 'text' else 3 if m == 'imu' else 2}.weight", C["out_embed_dim"], width)
        if m != "vision":
            out[f"modality_postprocessors.{m}.1.log_logit_scale"] = torch.tensor(math.log({"text": 130.0, "audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}[m]))
    return out


def tokens(w, m, x):
    """What goes into the transformer of a modality."""
    p = f"modality_preprocessors.{m}."
    if m == "text":
        return w[p + "token_embedding.weight"][x] + w[p + "pos_embed"]
    if m == "vision":  # [items, 3, frames, side, side]; an image stands for all frames
        kernel = w[p + "rgbt_stem.proj.1.weight"]
        y = F.conv3d(x.expand(-1, -1, kernel.shape[2], -1, -1), kernel, stride=kernel.shape[2:]).flatten(2).transpose(1, 2)
    elif m == "imu":
        k = C["imu_kernel_size"]
        y = x.unfold(-1, k, k).permute(0, 2, 1, 3).flatten(2) @ w[p + "imu_stem.proj.weight"].T
        y = F.layer_norm(y, y.shape[-1:], w[p + "imu_stem.norm_layer.weight"], w[p + "imu_stem.norm_layer.bias"])
    else:
        stem = p + ("depth_stem" if m == "depth" else "rgbt_stem")
        y = F.conv2d(x, w[stem + ".proj.weight"], stride=C.get(f"{m}_stride", C[f"{m}_kernel_size"])).flatten(2).transpose(1, 2)
        y = F.layer_norm(y, y.shape[-1:], w[stem + ".norm_layer.weight"], w[stem + ".norm_layer.bias"])
    positions = w[p + ("pos_embed" if m == "imu" else "pos_embedding_helper.pos_embed")]
    return torch.cat([w[p + "cls_token"].expand(len(y), -1, -1), y], 1) + positions


def embed(w, m, x):
    """The published vector of a modality, scaled as published."""
    norm = lambda y, name, eps=1e-6: F.layer_norm(y, y.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)
    h, trunk = tokens(w, m, x), f"modality_trunks.{m}"
    if m == "vision":
        h = norm(h, trunk + ".pre_transformer_layer.0")
    mask = w[f"modality_preprocessors.{m}.mask"] if m == "text" else None
    for b in range(C[f"{m}_num_blocks"]):
        block = f"{trunk}.blocks.{b}"
        attn = nn.MultiheadAttention(h.shape[-1], C[f"{m}_num_heads"], batch_first=True, add_bias_kv=m in LATERAL)
        state = {key[len(block) + 6 :]: value for key, value in w.items() if key.startswith(block + ".attn.")}
        n = norm(h, block + ".norm_1")
        h = h + torch.func.functional_call(attn, state, (n, n, n), dict(attn_mask=mask, need_weights=False))[0]
        y = F.gelu(norm(h, block + ".norm_2") @ w[block + ".mlp.fc1.weight"].T + w[block + ".mlp.fc1.bias"])
        h = h + y @ w[block + ".mlp.fc2.weight"].T + w[block + ".mlp.fc2.bias"]
    if m == "text":
        y = norm(h[torch.arange(len(x)), x.argmax(-1)], "modality_heads.text.proj.0") @ w["modality_heads.text.proj.1.weight"].T
    else:
        y = norm(h, f"modality_heads.{m}.0")[:, 0] @ w[f"modality_heads.{m}.{3 if m == 'imu' else 2}.weight"].T
    y = F.normalize(y, dim=-1)
    return y if m == "vision" else y * w[f"modality_postprocessors.{m}.1.log_logit_scale"].exp().clip(max=100)


def noise_sound(length, seed):
    """The pseudo-random sound of test/golden/noise.ts."""
    state, out = seed, np.zeros(length, np.float32)
    for i in range(length):
        state = (state * 1103515245 + 12345) % 2147483648
        out[i] = 0.5 * ((state >> 16) / 16384 - 1) / (1 + (i % 997) / 20) + 0.3 * abs((i % 37) / 18.5 - 1) - 0.15
    return out


def filter_banks(sound, mels, frames):
    """Kaldi's log-mel filter banks of 16 kHz: 25 ms every 10 ms, Hann windows, pre-emphasis 0.97, from 20 Hz; [1, mels, frames], normalized."""
    x = sound - sound.mean()
    count = 1 + (len(x) - 400) // 160
    rows = np.stack([x[160 * t : 160 * t + 400] for t in range(count)]).astype(np.float64)
    rows -= rows.mean(1, keepdims=True)
    rows -= 0.97 * np.concatenate([rows[:, :1], rows[:, :-1]], 1)
    rows *= 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)
    power = np.abs(np.fft.rfft(rows, 512)) ** 2
    mel = lambda f: 1127 * np.log(1 + f / 700)
    edges = np.linspace(mel(20), mel(8000), mels + 2)
    bins = mel(np.arange(257) * 16000 / 512)
    up = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(0, np.minimum(up, down))
    bank[:, 256] = 0  # Kaldi leaves out half the rate
    y = np.log(np.maximum(power @ bank.T, 1.1920928955078125e-07)).T
    out = np.zeros((mels, frames))
    out[:, : min(frames, count)] = y[:, :frames]
    return torch.tensor((out + 4.268) / 9.138, dtype=torch.float32)[None]


def clip_tokenizer():
    """A byte-level tokenizer with CLIP's frame: the end has the largest id."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE(vocab={c: i for i, c in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    marks = ["<|startoftext|>", "<|endoftext|>"]
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in marks])
    ids = [(t, tokenizer.token_to_id(t)) for t in marks]
    tokenizer.post_processor = TemplateProcessing(single="<|startoftext|> $A <|endoftext|>", special_tokens=ids)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=marks[0], eos_token=marks[1], pad_token=marks[1])


def main():
    folder = os.path.join(HERE, "imagebind/tiny")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    tokenizer = clip_tokenizer()
    w = weights(len(tokenizer))
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump({"model_type": "imagebind", "architectures": ["ImageBindModel"], "vocab_size": len(tokenizer)} | C, f, indent=2)
        f.write("\n")
    save_file({k: v.half() for k, v in w.items()}, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    w = {k: v.half().float() for k, v in w.items()}
    tokenizer.save_pretrained(folder)
    side = C["image_size"]
    images = CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    images.save_pretrained(folder)
    rng = torch.Generator().manual_seed(5)
    pictures = [(31, 57, 5), (40, 28, 6)]
    texts = ["A dog.", "rain"]
    sounds = [(9000, 11), (2400, 12)]
    ids = torch.tensor(tokenizer(texts, padding="max_length", max_length=C["context_length"])["input_ids"])
    pixels = torch.tensor(np.stack([images(noise_image(*p))["pixel_values"][0] for p in pictures]))
    cut = lambda x, i: x[(len(x) - min(len(x), 32000)) * i // 2 :][:32000]
    heard = [torch.stack([filter_banks(cut(noise_sound(*s), i), C["audio_num_mel_bins"], C["audio_target_len"]) for i in range(3)]) for s in sounds]
    given = {
        "vision": pixels[:, :, None],
        "text": ids,
        "audio": torch.cat(heard),
        "depth": torch.rand(2, 1, side, side, generator=rng),
        "thermal": torch.rand(2, 1, side, side, generator=rng),
        "imu": torch.randn(2, C["imu_channels"], C["imu_length"], generator=rng),
    }
    out = {f"{m}.inputs": x for m, x in given.items()}
    video = torch.stack([pixels, pixels.flip(0)], 2)
    out |= {"video.vectors": embed(w, "vision", video)}
    for m, x in given.items():
        names = GRADIENTS[m]
        leaves = {name: w[name].clone().requires_grad_() for name in names}
        y = embed(w | leaves, m, x)
        out[f"{m}.vectors"] = y.detach()
        factors = torch.cos(0.3 * torch.arange(y.numel())).reshape(y.shape)
        (y * factors).sum().backward()
        out |= {f"grad.{name}": leaf.grad for name, leaf in leaves.items()}
    # Sounds are the mean of their cuts.
    out["audio.means"] = out["audio.vectors"].reshape(2, 3, -1).mean(1)
    facts = {"pictures": pictures, "texts": texts, "sounds": sounds, "gradients": GRADIENTS}
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")
    write(folder, out)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
