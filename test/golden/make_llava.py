# Writes the LLaVA line and its encoders into test/golden/families/: part of make.py, which says how to run it.
#
#   /tmp/golden/bin/python test/golden/make_llava.py                    clip siglip siglip2 llava llava-next llava-onevision convnext
#   /tmp/golden/bin/python test/golden/make_llava.py clip llava         these
import hashlib
import json
import os
import sys

import numpy as np
import torch
import transformers
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPVisionConfig,
    ConvNextConfig,
    ConvNextModel,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextProcessor,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionProcessor,
    LlavaOnevisionVideoProcessor,
    LlavaProcessor,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipConfig,
    SiglipModel,
    SiglipVisionConfig,
    SiglipVisionModel,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from make import FAMILIES, continued, family, padded, randomize, save, write

# Not what published processors have, so that mixed-up constants show.
MEAN, STD = [0.45, 0.5, 0.4], [0.25, 0.3, 0.27]


def picture(width, height, seed):
    """Smooth shapes with noise on them, as bytes: what resizing makes of them matters. The same arithmetic is in the tests."""
    x, y = torch.arange(width).repeat(height, 1), torch.arange(height).repeat(width, 1).T
    return torch.stack([(x * (seed + 3 + 2 * c) + y * (5 + c * seed) + (x * y * (seed + c)) // 7) % 256 for c in range(3)], -1).to(torch.uint8)


def pil(image):
    return Image.fromarray(image.numpy())


def randomize_all(model, name):
    """`randomize` for models whose configs have no embeddings of their own, and with convolutions."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if p.dim() == 0:
                p.copy_(2.0 + 0.2 * noise)
            elif p.dim() == 1:
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            elif "embed_tokens" in key or "token_embedding" in key or "position_embedding" in key:
                p.copy_(noise)
            else:
                p.copy_(noise * 1.4 * (p.numel() / p.shape[0]) ** -0.5)
    return rng


@family("clip")
@torch.no_grad()
def clip():
    # Pictures of 30 pixels in patches of 8: the last six see nothing. Towers of different widths, heads and activations.
    name = "clip/odd-sizes"
    text = dict(vocab_size=60, hidden_size=36, intermediate_size=50, num_hidden_layers=2, num_attention_heads=3, max_position_embeddings=12)
    vision = dict(hidden_size=40, intermediate_size=70, num_hidden_layers=3, num_attention_heads=4, image_size=30, patch_size=8)
    config = CLIPConfig(
        text_config=text | dict(hidden_act="gelu", bos_token_id=1, eos_token_id=59, pad_token_id=0),
        vision_config=vision | dict(hidden_act="quick_gelu", layer_norm_eps=1e-4),
        projection_dim=22,
    )
    model = CLIPModel(config)
    rng = randomize_all(model, name)
    model, folder = save(model, name)
    images = CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}, image_mean=MEAN, image_std=STD)
    images.save_pretrained(folder)
    pictures = [picture(41, 33, 1), picture(25, 64, 2)]
    pixels = torch.tensor(np.stack(images([pil(p) for p in pictures])["pixel_values"]))
    ids = torch.randint(2, 59, (3, 9), generator=rng)
    for row, end in enumerate((8, 4, 6)):
        ids[row, end], ids[row, end + 1 :] = 59, 0
    seen = model.vision_model(pixels, output_hidden_states=True)
    out = model(input_ids=ids, pixel_values=pixels)
    tensors = {"pixels": pixels, "ids": ids, "ends": torch.tensor([8, 4, 6]), "image": out.image_embeds, "text": out.text_embeds}
    tensors |= {"logits": out.logits_per_image, "pooled": seen.pooler_output, "states": torch.stack(seen.hidden_states)}
    write(folder, tensors)


@family("siglip")
@torch.no_grad()
def siglip():
    for name, more in [("siglip/odd-size", {}), ("siglip/no-head-fp16", dict(vision_use_head=False, hidden_act="gelu"))]:
        shape = dict(hidden_size=42, intermediate_size=61, num_hidden_layers=2, num_attention_heads=3, image_size=31, patch_size=6)
        model = SiglipVisionModel(SiglipVisionConfig(**shape, **more))
        randomize_all(model, name)
        model, folder = save(model, name, dtype="float16" if more else "float32")
        images = SiglipImageProcessorPil(size={"height": 31, "width": 31}, image_mean=MEAN, image_std=STD)
        images.save_pretrained(folder)
        pixels = torch.tensor(np.stack(images([pil(picture(41, 33, 1)), pil(picture(25, 64, 2))])["pixel_values"]))
        out = model(pixels, output_hidden_states=True)
        tensors = {"pixels": pixels, "states": torch.stack(out.hidden_states), "tokens": out.last_hidden_state}
        write(folder, tensors | ({} if more else {"pooled": out.pooler_output}))


@family("siglip2")
@torch.no_grad()
def siglip2():
    # Both towers, of different sizes; texts are filled up, and what fills them counts.
    name = "siglip2/both"
    vision = dict(hidden_size=42, intermediate_size=61, num_hidden_layers=2, num_attention_heads=3, image_size=31, patch_size=6)
    text = dict(vocab_size=50, hidden_size=36, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=10, projection_size=42, pad_token_id=0)
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
    rng = randomize_all(model, name)
    model, folder = save(model, name)
    images = SiglipImageProcessorPil(size={"height": 31, "width": 31}, image_mean=MEAN, image_std=STD)
    images.save_pretrained(folder)
    pixels = torch.tensor(np.stack(images([pil(picture(41, 33, 1)), pil(picture(25, 64, 2))])["pixel_values"]))
    ids = torch.randint(2, 50, (2, 10), generator=rng)
    ids[0, 7:], ids[1, 4:] = 0, 0
    with torch.enable_grad():
        out = model(input_ids=ids, pixel_values=pixels, return_loss=True)
        out.loss.backward()
    norm = sum(p.grad.double().pow(2).sum() for p in model.parameters() if p.grad is not None).sqrt()
    tensors = {"pixels": pixels, "ids": ids, "image": out.image_embeds, "text": out.text_embeds, "logits": out.logits_per_image}
    tensors |= {"states": out.text_model_output.last_hidden_state, "loss": out.loss.reshape(1), "norm": norm.reshape(1)}
    write(folder, {k: v.detach() for k, v in tensors.items()})


@family("convnext")
@torch.no_grad()
def convnext():
    for name, more, edge in [("convnext/two-stages", dict(num_stages=2, hidden_sizes=[12, 20], depths=[2, 1]), 45), ("convnext/no-scale", dict(num_stages=3, hidden_sizes=[10, 10, 14], depths=[1, 2, 1], patch_size=3, layer_scale_init_value=0.0, hidden_act="gelu"), 40)]:
        model = ConvNextModel(ConvNextConfig(**more))
        randomize_all(model, name)
        model, folder = save(model, name)
        images = ConvNextImageProcessorPil(size={"shortest_edge": edge}, image_mean=MEAN, image_std=STD)
        images.save_pretrained(folder)
        pixels = torch.tensor(np.stack(images([pil(picture(61, 53, 1)), pil(picture(45, 84, 2))])["pixel_values"]))
        out = model(pixels, output_hidden_states=True)
        tensors = {"pixels": pixels, "last": out.last_hidden_state, "pooled": out.pooler_output}
        write(folder, tensors | {f"stage.{i}": x for i, x in enumerate(out.hidden_states)})


def sentence_pieces(specials, first=False, **named):
    """LLaMA's kind of tokenizer: sentence pieces with bytes to fall back on, and <s> before every text. A space goes before each piece of
    text between special tokens, or with `first` only before the whole text, as newer conversions have it."""
    words = ["▁", "\n", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:?.,'", "th", "the", "▁the", "in", "▁i", "▁is", "er"]
    merges = [("t", "h"), ("th", "e"), ("▁", "the"), ("i", "n"), ("▁", "i"), ("▁i", "s"), ("e", "r")]
    vocab = {w: i for i, w in enumerate(["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + words)}
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    if first:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ["<unk>", "<s>", "</s>", *specials]])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", **named)


def bytes_tokenizer(specials, **named):
    """Qwen's kind of tokenizer: byte-level BPE and nothing before a text."""
    vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("Ċ", "Ċ")]
    for a, b in merges:
        vocab[a + b] = len(vocab)
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in specials])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)


VICUNA = (  # as in llava-hf/llava-1.5-7b-hf: images first
    "{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': '}}{% endif %}"
    "{# Render all images first #}{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}"
    "{# Render all text next #}{% if message['role'] != 'assistant' %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{{ content['text'] + ' '}}{% endfor %}{% else %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{% generation %}{{ content['text'] + ' '}}{% endgeneration %}{% endfor %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
MISTRAL = (  # as in llava-hf/llava-v1.6-mistral-7b-hf
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ '<<SYS>>\n' + message['content'][0]['text'] + '\n<</SYS>>\n\n' }}"
    "{% elif message['role'] == 'user' %}{{ '[INST] ' }}{# Render all images first #}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}{# Render all text next #}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ content['text'] }}{% endfor %}{{' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'][0]['text'] + '<\\s> '}}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
QWEN = (  # as in llava-hf/llava-onevision-qwen2-0.5b-ov-hf
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + ' '}}{# Render all images first #}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}"
    "{# Render all video then #}{% for content in message['content'] | selectattr('type', 'equalto', 'video') %}{{ '<video>\n' }}{% endfor %}"
    "{# Render all text next #}{% if message['role'] != 'assistant' %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{{ '\n' + content['text'] }}{% endfor %}{% else %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{% generation %}{{ '\n' + content['text'] }}{% endgeneration %}{% endfor %}{% endif %}{{'<|im_end|>'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def ask(*parts):
    """One user message of texts, pictures (width, height, seed) and videos (a list of pictures)."""
    kinds = {str: "text", tuple: "image", list: "video"}
    return {"role": "user", "content": [{"type": kinds[type(p)]} | ({"text": p} if isinstance(p, str) else {}) for p in parts]}


def media(chat, kind):
    return [p for parts in chat for p in parts if isinstance(p, kind)]


def inputs_of(processor, chat, dtype=torch.float32):
    """(text, inputs) of a conversation: user messages with a fixed reply between them. Images of one conversation belong together."""
    messages = []
    for parts in chat:
        messages += [{"role": "assistant", "content": [{"type": "text", "text": "the."}]}] if messages else []
        messages.append(ask(*parts))
    text = processor.apply_chat_template(messages, add_generation_prompt=True)
    images = [pil(picture(*p)) for p in media(chat, tuple)]
    videos = media(chat, list)
    if videos:  # the processor is without a video processor, so that folders are as published ones without a file for it
        frames = LlavaOnevisionVideoProcessor(size={"height": 32, "width": 32}, image_mean=MEAN, image_std=STD)
        pixels = [frames([pil(picture(*f)) for f in v], return_tensors="pt")["pixel_values_videos"][0] for v in videos]
        inputs = processor.tokenizer(text.replace("<video>", "<video>" * (len(videos[0]) * 9 + 1)), return_tensors="pt")
        return messages, text, {"input_ids": inputs["input_ids"], "pixel_values_videos": torch.stack(pixels)}
    more = {"images": [images]} if images else {}
    return messages, text, processor(text=[text], return_tensors="pt", **more)


@torch.no_grad()
def llava_line(model, name, processor, chats, rows, sizes=None, dtype="float32", edit=None):
    """A model of the line: `chats` by name; `rows(model, inputs)` gives the image rows. Seeds of pictures move on until replies are clear."""
    randomize_all(model, name)
    model, folder = save(model, name, dtype=dtype, edit=edit)
    processor.save_pretrained(folder)
    out, facts, all_ids = {}, {}, []
    for chat_name, chat in chats.items():
        for shift in range(40):
            moved = [[p if isinstance(p, str) else [(w, h, s + shift) for w, h, s in p] if isinstance(p, list) else (p[0], p[1], p[2] + shift) for p in parts] for parts in chat]
            messages, text, inputs = inputs_of(processor, moved)
            ids = inputs["input_ids"]
            given = {k: v for k, v in inputs.items() if k not in ("input_ids", "attention_mask")}
            try:
                reply = continued(lambda x: model(input_ids=x, use_cache=False, **given).logits, ids[0].tolist())
            except ValueError:  # the reply has a placeholder in it
                continue
            if reply is not None:
                break
        else:
            raise ValueError(f"{name}: no clear reply to {chat_name}")
        got = model(input_ids=ids, output_hidden_states=True, **given)
        facts[chat_name] = {"messages": messages, "text": text, "images": media(moved, tuple), "videos": media(moved, list)}
        out |= {f"{chat_name}.ids": ids, f"{chat_name}.greedy": torch.tensor([reply])}
        out |= {f"{chat_name}.hidden": got.hidden_states[-1][:, -12:], f"{chat_name}.logits": got.logits[:, -3:]}
        if "pixel_values" in inputs:
            pixels = inputs["pixel_values"]
            std, mean = (torch.tensor(c)[:, None, None] for c in (STD, MEAN))
            out[f"{chat_name}.pixels"] = ((pixels * std + mean) * 255).round().to(torch.int16)  # bytes, exactly
            out[f"{chat_name}.first_pixels"] = pixels.flatten()[:200]
        out[f"{chat_name}.rows"] = rows(model, inputs)
        all_ids.append((ids[0].tolist(), given))
    counts = [[w, h, sizes(processor, h, w)] for w, h in SIZES] if sizes else []
    for key, value in {"chats": facts, "counts": counts}.items():
        with open(os.path.join(folder, f"golden-{key}.json"), "w") as f:
            json.dump(value, f)
            f.write("\n")
    return model, folder, out, all_ids


def batch(model, out, asked):
    """Two conversations in one batch, padded on either side."""
    given = {k: torch.cat([g[k] for _, g in asked]) for k in asked[0][1]}
    for side in ("left", "right"):
        ids, mask = padded([ids for ids, _ in asked], side)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        got = model(input_ids=ids, attention_mask=mask, position_ids=positions, output_hidden_states=True, **given)
        out[f"{side}.mask"] = mask
        out[f"{side}.hidden"] = got.hidden_states[-1] * mask[..., None]


SIZES = [(5 + (i * 37 + i * i * 11) % 300, 4 + (i * 53 + (i * i) % 17 * 29) % 280) for i in range(46)] + [(1, 900), (900, 1), (64, 64), (33, 32)]


def llava_images(edge):
    return CLIPImageProcessorPil(size={"shortest_edge": edge}, crop_size={"height": edge, "width": edge}, image_mean=MEAN, image_std=STD)


@family("llava")
@torch.no_grad()
def llava():
    clip_shape = dict(hidden_size=36, intermediate_size=50, num_hidden_layers=3, num_attention_heads=3, image_size=33, patch_size=8)
    chats = {
        "one": [[(41, 33, 1), "What is in the picture?"]],
        "two": [["Look at these.", (20, 70, 2), (90, 33, 3), "Which is the other?"]],
        "turns": [[(33, 33, 4), "Is it?"], ["And the other", (50, 41, 5)]],
    }
    rows = lambda model, inputs: torch.cat(list(model.get_image_features(pixel_values=inputs["pixel_values"]).pooler_output))
    for name, vision, more, text, edge, extra in [
        ("llava/clip", CLIPVisionConfig(**clip_shape), {}, {}, 33, 1),
        ("llava/layers-full-bf16", CLIPVisionConfig(**clip_shape), dict(vision_feature_layer=[-2, 0, 3], vision_feature_select_strategy="full", projector_hidden_act="relu", multimodal_projector_bias=False), dict(tie_word_embeddings=True, attention_bias=True), 33, 1),
        ("llava/siglip", SiglipVisionConfig(**clip_shape | dict(image_size=34), vision_use_head=False), dict(vision_feature_layer=-1, vision_feature_select_strategy="full", projector_hidden_act="gelu_pytorch_tanh"), {}, 34, 0),
    ]:
        tokenizer = sentence_pieces(["<image>"])
        config = LlavaConfig(
            vision_config=vision,
            text_config=LlamaConfig(**dict(vocab_size=len(tokenizer) + 5, hidden_size=48, intermediate_size=60, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=512) | text),
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
            image_seq_length=16,
            **more,
        )
        images = llava_images(edge) if "siglip" not in name else SiglipImageProcessorPil(size={"height": 34, "width": 34}, image_mean=MEAN, image_std=STD)
        if "full" in name:  # on a square of the mean colour, as the first LLaVA has it
            images = LlavaImageProcessorPil(do_pad=True, size={"shortest_edge": 33}, crop_size={"height": 33, "width": 33}, image_mean=MEAN, image_std=STD)
        processor = LlavaProcessor(images, tokenizer, patch_size=8, vision_feature_select_strategy=config.vision_feature_select_strategy, chat_template=VICUNA, num_additional_image_tokens=extra)
        count = (lambda p, h, w: p(text="<image>", images=[pil(picture(w, h, 1))])["input_ids"][0].count(config.image_token_index)) if name == "llava/clip" else None
        model, folder, out, asked = llava_line(LlavaForConditionalGeneration(config), name, processor, chats, rows, sizes=count, dtype="bfloat16" if "bf16" in name else "float32")
        batch(model, out, [asked[0], asked[1]])
        write(folder, out)


@family("llava-next")
@torch.no_grad()
def llava_next():
    chats = {
        "wide": [[(90, 33, 1), "What is in the picture?"]],
        "tall": [[(21, 77, 2), "What is it?"]],
        "two": [["Look at these.", (20, 30, 2), (64, 60, 3), "Which is the other?"]],
    }
    rows = lambda model, inputs: torch.cat(list(model.get_image_features(pixel_values=inputs["pixel_values"], image_sizes=inputs["image_sizes"]).pooler_output))
    count = lambda p, h, w: p._get_num_multimodal_tokens(image_sizes=[[h, w]]).num_image_tokens[0]
    clip_shape = dict(hidden_size=36, intermediate_size=50, num_hidden_layers=2, num_attention_heads=3, image_size=32, patch_size=8)
    grids = [[32, 64], [64, 32], [64, 64], [96, 32], [32, 96]]
    for name, vision, more, language in [
        ("llava-next/clip-mistral", CLIPVisionConfig(**clip_shape), {}, MistralConfig),
        ("llava-next/siglip-llama", SiglipVisionConfig(**clip_shape | dict(patch_size=10), vision_use_head=False), dict(vision_feature_layer=[-1, 1], vision_feature_select_strategy="full"), LlamaConfig),
    ]:
        tokenizer = sentence_pieces(["<image>"], first="siglip" in name)
        config = LlavaNextConfig(
            vision_config=vision,
            text_config=language(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=60, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=512, sliding_window=None) if language is MistralConfig else language(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=60, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, max_position_embeddings=512),
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
            image_grid_pinpoints=grids,
            **more,
        )
        images = LlavaNextImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, image_mean=MEAN, image_std=STD, image_grid_pinpoints=grids)
        processor = LlavaNextProcessor(images, tokenizer, patch_size=vision.patch_size, vision_feature_select_strategy=config.vision_feature_select_strategy, chat_template=MISTRAL, num_additional_image_tokens=1 if "clip" in name else 0)
        model, folder, out, asked = llava_line(LlavaNextForConditionalGeneration(config), name, processor, chats, rows, sizes=count, dtype="float16" if "siglip" in name else "float32")
        write(folder, out)


@family("llava-onevision")
@torch.no_grad()
def llava_onevision():
    frames = [(40, 30, s) for s in (1, 2, 3)]
    chats = {
        "one": [[(90, 33, 1), "What is in the picture?"]],
        "shrunk": [[(97, 90, 2), "What is it?"]],
        "two": [["Look at these.", (20, 30, 2), (64, 60, 3), "Which is the other?"]],
        "video": [[frames, "What goes on?"]],
    }

    def rows(model, inputs):
        if "pixel_values_videos" in inputs:
            return model.get_video_features(inputs["pixel_values_videos"]).pooler_output.flatten(0, 1)
        keys = ("pixel_values", "image_sizes", "batch_num_images")
        return torch.cat(list(model.get_image_features(**{k: inputs[k] for k in keys}).pooler_output))

    count = lambda p, h, w: p._get_number_of_features(h, w, 32, 32)
    grids = [[32 * a, 32 * b] for a in range(1, 4) for b in range(1, 4)]
    tokenizer = bytes_tokenizer(["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"], eos_token="<|im_end|>", pad_token="<|endoftext|>")
    vision = SiglipVisionConfig(hidden_size=36, intermediate_size=50, num_hidden_layers=2, num_attention_heads=3, image_size=32, patch_size=6, vision_use_head=False)
    config = LlavaOnevisionConfig(
        vision_config=vision,
        text_config=Qwen2Config(vocab_size=len(tokenizer) + 2, hidden_size=48, intermediate_size=60, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grids,
        vision_aspect_ratio="anyres_max_3",
    )
    images = LlavaOnevisionImageProcessorPil(size={"height": 32, "width": 32}, image_mean=MEAN, image_std=STD, image_grid_pinpoints=grids)
    LlavaOnevisionProcessor.check_argument_for_proper_class = lambda *_: None  # there is no video processor in this one
    LlavaOnevisionProcessor.get_attributes = classmethod(lambda _: ["image_processor", "tokenizer"])
    processor = LlavaOnevisionProcessor(images, tokenizer, num_image_tokens=25, vision_feature_select_strategy="full", chat_template=QWEN, vision_aspect_ratio="anyres_max_3")
    model, folder, out, asked = llava_line(LlavaOnevisionForConditionalGeneration(config), "llava-onevision/siglip-qwen2", processor, chats, rows, sizes=count)
    write(folder, out)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or ("clip", "siglip", "siglip2", "convnext", "llava", "llava-next", "llava-onevision"):
        FAMILIES[wanted]()
