# Writes vision-language families into test/golden/families/, read by test/families-vl.whole.test.ts: part of make.py, which says how to run it.
#
#   /tmp/golden/bin/python test/golden/make_vl.py                 every family of this file
#   /tmp/golden/bin/python test/golden/make_vl.py internvl        this
import json
import os
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3Processor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVideoProcessor,
    Lfm2VlConfig,
    Lfm2VlForConditionalGeneration,
    Lfm2VlImageProcessor,
    Lfm2VlProcessor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    MistralConfig,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
    PixtralProcessor,
    PixtralVisionConfig,
)
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.pixtral.image_processing_pil_pixtral import PixtralImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from make import FAMILIES, HERE, byte_tokenizer, continued, family, noise_image, seeing, user

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def clip_bytes(pixels):
    """Bytes of pixels [..., 3, height, width] that were normalized as CLIP's are."""
    mean, std = (torch.tensor(v)[:, None, None] for v in (CLIP_MEAN, CLIP_STD))
    return (pixels * std + mean) * 255


def again(model_class, name):
    """The model of a folder that `seeing` wrote."""
    return model_class.from_pretrained(os.path.join(HERE, name), dtype=torch.float32, attn_implementation="eager").eval()


@torch.no_grad()
def seeing_video(model, processor, name, rows, bytes_of, count=3, size=(37, 29), **options):
    """A few frames behind an image: golden-video.safetensors and golden-video.json. `rows(model, inputs)` are those of image and video."""
    frames = np.stack([np.asarray(noise_image(*size, seed)) for seed in range(1, count + 1)])
    for end in range(20):  # other questions where the reply is not clear, or writes a placeholder
        content = [{"type": "image"}, {"type": "text", "text": "and"}, {"type": "video"}, {"type": "text", "text": "What happens?" + "!" * end}]
        text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        inputs = processor(text=[text], images=[[noise_image(20, 30, 6)]], videos=[frames], return_tensors="pt", **options)
        ids = inputs["input_ids"]
        given = {k: v for k, v in inputs.items() if k not in ("input_ids", "attention_mask", "mm_token_type_ids")}
        forward = lambda ids, **more: model(input_ids=ids, use_cache=False, **given, **more)
        try:
            greedy = continued(lambda ids: forward(ids).logits, ids[0].tolist())
        except ValueError:
            continue
        if greedy is not None:
            break
    else:
        raise ValueError(f"{name}: no clear reply to the video")
    got = forward(ids, output_hidden_states=True)
    out = {"ids": ids.int(), "features": rows(model, inputs), "hidden": got.hidden_states[-1][0], "greedy": torch.tensor([greedy], dtype=torch.int32)}
    out["pixels"] = bytes_of(inputs).round().clamp(0, 255).to(torch.uint8)
    save_file({k: v.contiguous() for k, v in out.items()}, os.path.join(HERE, name, "golden-video.safetensors"))
    with open(os.path.join(HERE, name, "golden-video.json"), "w") as f:
        json.dump({"question": "What happens?" + "!" * end, "frames": [count, *size]}, f)
        f.write("\n")


INTERNVL_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}<IMG_CONTEXT>\n{% elif content['type'] == 'video' %}<video>\n"
    "{% else %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@family("internvl")
def internvl():
    # Tiles of 24 pixels in 6 x 6 patches, of which 2 x 2 become a token; up to five of them.
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>"]
    named = dict(start_image_token="<img>", end_image_token="</img>", context_image_token="<IMG_CONTEXT>", video_token="<video>")
    tower = dict(hidden_size=24, intermediate_size=37, num_attention_heads=3, image_size=24, patch_size=4)
    language = dict(hidden_size=48, intermediate_size=64, num_hidden_layers=2, max_position_embeddings=1024)
    chats = {
        "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
        "two": (user("First:", (9, 30, 2), "then", (22, 21, 3), "Compare them."), [(9, 30, 2), (22, 21, 3)]),
    }
    rms = dict(norm_type="rms_norm", use_qk_norm=True, attention_bias=True, use_mean_pooling=False)
    for name, vision, text, more in [
        ("internvl/qwen2", dict(num_hidden_layers=2), dict(model_type="qwen2", num_attention_heads=4, num_key_value_heads=2), dict(tie_word_embeddings=False)),
        ("internvl/rms-norm", rms | dict(num_hidden_layers=2), dict(model_type="qwen3", num_attention_heads=3, num_key_value_heads=1, head_dim=16), {}),
    ]:
        tokenizer = byte_tokenizer(specials, eos_token="<|im_end|>", pad_token="<|endoftext|>", extra_special_tokens=named)
        images = GotOcr2ImageProcessorPil(size={"height": 24, "width": 24}, max_patches=5)
        videos = InternVLVideoProcessor(size={"height": 24, "width": 24})
        processor = InternVLProcessor(images, tokenizer, videos, image_seq_length=9, chat_template=INTERNVL_TEMPLATE)
        token = tokenizer.convert_tokens_to_ids
        text = language | text | dict(vocab_size=len(tokenizer), bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"))
        config = InternVLConfig(vision_config=tower | vision, text_config=text, image_token_id=token("<IMG_CONTEXT>"), **more)
        rows = lambda m, x: m.model.get_image_features(x["pixel_values"]).pooler_output.flatten(0, 1)
        seeing(InternVLForConditionalGeneration(config), processor, name, chats, rows, keys={"pixel_values": clip_bytes}, sizes="<IMG_CONTEXT>")
        # The image's tiles come before the frames.
        frames = lambda x: clip_bytes(x["pixel_values"][-3:])
        seeing_video(again(InternVLForConditionalGeneration, name), processor, name, rows, frames)


PIXTRAL_TEMPLATE = (  # as in mistral-community/pixtral-12b
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST]{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for content in message['content'] %}{% if content['type'] == 'image' %}[IMG]{% else %}{{ content['text'] }}{% endif %}{% endfor %}"
    "{% endif %}[/INST]{% else %}{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for content in message['content'] %}"
    "{{ content['text'] }}{% endfor %}{% endif %}{{ eos_token }}{% endif %}{% endfor %}"
)


@family("pixtral")
def pixtral():
    # Up to 40 pixels in patches of 5; heads of 8, whose frequencies are divided among rows and columns.
    tokenizer = byte_tokenizer(["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]"], bos_token="<s>", eos_token="</s>", pad_token="<unk>")
    processor = PixtralProcessor(PixtralImageProcessorPil(size={"longest_edge": 40}, patch_size={"height": 5, "width": 5}), tokenizer, patch_size=5, chat_template=PIXTRAL_TEMPLATE)
    vision = PixtralVisionConfig(hidden_size=24, intermediate_size=37, num_hidden_layers=2, num_attention_heads=3, image_size=40, patch_size=5)
    text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, head_dim=20)
    text = MistralConfig(**text, max_position_embeddings=512, sliding_window=None, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=tokenizer.convert_tokens_to_ids("[IMG]"), vision_feature_layer=-1, vision_feature_select_strategy="full")
    chats = {
        "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
        "two": (user("First:", (9, 30, 2), "then", (22, 21, 3), "Compare them."), [(9, 30, 2), (22, 21, 3)]),
    }
    rows = lambda m, x: torch.cat(list(m.model.get_image_features(x["pixel_values"], image_sizes=x["image_sizes"]).pooler_output))
    keys = {"pixel_values": clip_bytes, "image_sizes": None}
    seeing(LlavaForConditionalGeneration(config), processor, "pixtral/mistral", chats, rows, keys=keys, sizes="[IMG]", least=6)


GEMMA3_TEMPLATE = (  # as in google/gemma-3-4b-it, without the rules about roles
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] | trim }}{% else %}{% for item in message['content'] %}{% if item['type'] == 'image' %}"
    "<start_of_image>{% else %}{{ item['text'] | trim }}{% endif %}{% endfor %}{% endif %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
SIGLIP = dict(hidden_size=24, intermediate_size=37, num_hidden_layers=2, num_attention_heads=3, image_size=30, patch_size=5)


def kinds(rest):
    """Arguments of a model that is told the kinds of tokens: those of the prompt, and `rest` for what follows."""

    def given(ids, inputs):
        types = torch.full_like(ids, rest)
        types[:, : inputs["input_ids"].shape[1]] = inputs["token_type_ids"]
        return {"pixel_values": inputs["pixel_values"], "token_type_ids": types}

    return given


@family("gemma3-vl")
def gemma3_vl():
    # Nine tokens for 36 patches; windows of six, shorter than an image, in two layers of three.
    named = dict(image_token="<image_soft_token>", boi_token="<start_of_image>", eoi_token="<end_of_image>")
    tokenizer = byte_tokenizer(["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>", *named.values()], bos_token="<bos>", eos_token="<end_of_turn>", pad_token="<pad>", extra_special_tokens=named)
    processor = Gemma3Processor(Gemma3ImageProcessorPil(size={"height": 30, "width": 30}), tokenizer, chat_template=GEMMA3_TEMPLATE, image_seq_length=9)
    token = tokenizer.convert_tokens_to_ids
    text = dict(model_type="gemma3_text", vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, head_dim=16)
    text |= dict(max_position_embeddings=512, sliding_window=6, sliding_window_pattern=3, query_pre_attn_scalar=20, bos_token_id=token("<bos>"), eos_token_id=token("<end_of_turn>"), pad_token_id=0)
    ids = dict(boi_token_index=token("<start_of_image>"), eoi_token_index=token("<end_of_image>"), image_token_index=token("<image_soft_token>"))
    config = Gemma3Config(vision_config=SIGLIP | dict(model_type="siglip_vision_model", vision_use_head=False), text_config=text, mm_tokens_per_image=9, **ids)
    chats = {
        "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
        "two": (user("First:", (9, 30, 2), (22, 21, 3), "\nCompare them."), [(9, 30, 2), (22, 21, 3)]),
    }
    rows = lambda m, x: m.model.get_image_features(x["pixel_values"]).pooler_output.flatten(0, 1)
    count = lambda ids: 2 + ids.count(token("<image_soft_token>"))
    seeing(Gemma3ForConditionalGeneration(config), processor, "gemma3-vl/tied", chats, rows, sizes="<start_of_image>", counted=count, more=kinds(0))


@family("paligemma")
def paligemma():
    # A few of the tokens for places; in the second a window shorter than the prompt, through which a prefix is seen all the same.
    transformers.models.paligemma.processing_paligemma.EXTRA_TOKENS[4:] = []
    language = dict(hidden_size=48, intermediate_size=64, num_attention_heads=3, num_key_value_heads=1, head_dim=16, max_position_embeddings=512)
    ask = lambda text, images: (user(*images, text), images)
    chats = {"one": ask("caption en", [(61, 35, 1)]), "two": ask("answer en which is <loc0002>?", [(9, 30, 2), (22, 21, 3)])}

    def prompt(messages):
        parts = messages[0]["content"]
        return "<image>" * sum(p["type"] == "image" for p in parts) + "".join(p.get("text", "") for p in parts)

    for name, text in [
        ("gemma", dict(model_type="gemma", num_hidden_layers=2)),
        ("gemma2", dict(model_type="gemma2", num_hidden_layers=3, sliding_window=24, attn_logit_softcapping=3.0, final_logit_softcapping=12.0, query_pre_attn_scalar=20)),
    ]:
        tokenizer = byte_tokenizer(["<pad>", "<eos>", "<bos>", "<image>"], bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", extra_special_tokens=dict(image_token="<image>"))
        processor = PaliGemmaProcessor(SiglipImageProcessorPil(size={"height": 30, "width": 30}, image_seq_length=36), tokenizer)
        token = tokenizer.convert_tokens_to_ids
        text = language | text | dict(vocab_size=len(tokenizer) + 3, bos_token_id=token("<bos>"), eos_token_id=token("<eos>"), pad_token_id=token("<pad>"))
        config = PaliGemmaConfig(vision_config=SIGLIP | dict(model_type="siglip_vision_model", vision_use_head=name == "gemma"), text_config=text, image_token_index=token("<image>"), projection_dim=48, hidden_size=48, vocab_size=text["vocab_size"])
        rows = lambda m, x: m.model.get_image_features(x["pixel_values"]).pooler_output.flatten(0, 1)
        count = lambda ids: ids.count(token("<image>"))
        call = lambda **given: processor(**given | {"images": [given["images"]]})
        seeing(PaliGemmaForConditionalGeneration(config), processor, f"paligemma/{name}", chats, rows, prompt=prompt, sizes="<image>", counted=count, more=kinds(1), call=call)


LFM2_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}<image>{% else %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@family("lfm2-vl")
def lfm2_vl():
    # Patches of 4 pixels, up to eight tokens of 2 x 2 of them; larger images as two to four tiles of 16 pixels and the whole.
    places = [f"<|img_row_{r + 1}_col_{c + 1}|>" for r in range(4) for c in range(4)]
    specials = ["<|pad|>", "<|startoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<|image_start|>", "<|image_end|>", "<|img_thumbnail|>", *places]
    named = dict(image_token="<image>", image_start_token="<|image_start|>", image_end_token="<|image_end|>", image_thumbnail="<|img_thumbnail|>")
    tokenizer = byte_tokenizer(specials, bos_token="<|startoftext|>", eos_token="<|im_end|>", pad_token="<|pad|>", extra_special_tokens=named)
    images = Lfm2VlImageProcessor(encoder_patch_size=4, tile_size=16, min_image_tokens=3, max_image_tokens=8, min_tiles=2, max_tiles=4)
    processor = Lfm2VlProcessor(images, tokenizer, chat_template=LFM2_TEMPLATE)
    vision = dict(model_type="siglip2_vision_model", hidden_size=24, intermediate_size=37, num_hidden_layers=2, num_attention_heads=3, patch_size=4, num_patches=25, vision_use_head=False)
    token = tokenizer.convert_tokens_to_ids
    text = dict(model_type="lfm2", vocab_size=len(tokenizer), hidden_size=48, intermediate_size=90, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, max_position_embeddings=512)
    text |= dict(layer_types=["conv", "full_attention", "conv"], block_multiple_of=8, bos_token_id=token("<|startoftext|>"), eos_token_id=token("<|im_end|>"), pad_token_id=0)
    config = Lfm2VlConfig(vision_config=vision, text_config=text, image_token_id=token("<image>"), projector_hidden_size=40)
    chats = {
        "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
        "two": (user("First:", (9, 30, 2), "then", (22, 21, 3), "Compare them."), [(9, 30, 2), (22, 21, 3)]),
    }
    rows = lambda m, x: torch.cat(m.model.get_image_features(x["pixel_values"], x["spatial_shapes"], x["pixel_attention_mask"]).pooler_output)
    keys = {"pixel_values": lambda x: (x + 1) * 127.5, "pixel_attention_mask": lambda x: x, "spatial_shapes": None}
    seeing(Lfm2VlForConditionalGeneration(config), processor, "lfm2-vl/tied", chats, rows, keys=keys, sizes="<image>", least=30)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or ("internvl", "pixtral", "gemma3-vl", "paligemma", "lfm2-vl"):
        FAMILIES[wanted]()
