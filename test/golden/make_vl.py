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
from transformers import InternVLConfig, InternVLForConditionalGeneration, InternVLProcessor, InternVLVideoProcessor
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

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


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or ("internvl",):
        FAMILIES[wanted]()
