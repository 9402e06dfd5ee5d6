# Writes test/golden/families/qwen3-vl/: images as make.py does for the other families, and a video through the processor of videos.
#
#   /tmp/golden/bin/python test/golden/make_qwen3_vl.py
import os
import json

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor, Qwen3VLVideoProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.video_utils import VideoMetadata

from make import HERE, byte_tokenizer, continued, noise_image, seeing, user

# As published, without tools: an image or a video between its edges.
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for content in message.content %}{% if content.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content.type == 'video' %}<|vision_start|><|video_pad|><|vision_end|>{% else %}{{ content.text }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SIZE = {"shortest_edge": 8 * 8 * 6, "longest_edge": 8 * 8 * 40}


def rows(outputs):
    """Rows for the embeddings and, beside them, those for the first layers."""
    return torch.cat([torch.cat(list(part)) for part in (outputs.pooler_output, *outputs.deepstack_features)], -1)


def qwen3_vl(name, vision, text, sections, **options):
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer = byte_tokenizer(specials, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    half = dict(image_mean=[0.5] * 3, image_std=[0.5] * 3)
    images = Qwen2VLImageProcessorPil(size=SIZE, patch_size=4, merge_size=2, **half)
    videos = Qwen3VLVideoProcessor(size={k: 3 * v for k, v in SIZE.items()}, patch_size=4, merge_size=2, do_sample_frames=False)
    processor = Qwen3VLProcessor(images, tokenizer, videos, chat_template=TEMPLATE)
    token = tokenizer.convert_tokens_to_ids
    text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=3, max_position_embeddings=512) | text
    text |= dict(rope_parameters={"rope_type": "default", "rope_theta": 1e4, "mrope_section": sections, "mrope_interleaved": True})
    text |= dict(bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"))
    vision = dict(patch_size=4, out_hidden_size=48) | vision
    config = Qwen3VLConfig(vision_config=vision, text_config=text, image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"), **options)
    config.vision_start_token_id, config.vision_end_token_id = token("<|vision_start|>"), token("<|vision_end|>")
    chats = {
        "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
        "two": (user("First:", (9, 30, 2), "then", (44, 40, 3), "Compare them."), [(9, 30, 2), (44, 40, 3)]),
    }
    features = lambda m, x: rows(m.model.get_image_features(x["pixel_values"], x["image_grid_thw"]))
    keys = {"pixel_values": lambda x: (x + 1) * 127.5, "image_grid_thw": None}
    seeing(Qwen3VLForConditionalGeneration(config), processor, name, chats, features, keys=keys, sizes="<|image_pad|>")
    model = Qwen3VLForConditionalGeneration.from_pretrained(os.path.join(HERE, name), dtype=torch.float32, attn_implementation="eager")
    video(model.eval(), processor, name)


@torch.no_grad()
def video(model, processor, name):
    """Five frames, two a second, behind an image: golden-video.safetensors and golden-video.json."""
    frames = np.stack([np.asarray(noise_image(45, 31, seed)) for seed in (1, 2, 3, 4, 5)])
    about = [VideoMetadata(total_num_frames=5, fps=2.0, frames_indices=[0, 1, 2, 3, 4])]
    picture = noise_image(20, 30, 6)
    for end in range(20):  # other questions where the reply is not clear, or writes a token of media
        content = [{"type": "image"}, {"type": "text", "text": "and"}, {"type": "video"}, {"type": "text", "text": "What happens?" + "!" * end}]
        text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        x = processor(text=[text], images=[picture], videos=[frames], video_metadata=about, return_tensors="pt")
        ids = x.pop("input_ids")
        kinds = x.pop("mm_token_type_ids")
        given = {k: v for k, v in x.items() if k in ("pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw")}

        def forward(ids, **more):
            padded = torch.zeros_like(ids)
            padded[:, : kinds.shape[1]] = kinds
            return model(input_ids=ids, mm_token_type_ids=padded, use_cache=False, **given, **more)

        try:
            greedy = continued(lambda ids: forward(ids).logits, ids[0].tolist())
        except ValueError:
            continue
        if greedy is not None:
            break
    else:
        raise ValueError(f"{name}: no clear reply to the video")
    got = forward(ids, output_hidden_states=True)
    seen = [rows(model.model.get_image_features(x[f"pixel_values{s}"], x[f"{kind}_grid_thw"])) for s, kind in (("", "image"), ("_videos", "video"))]
    out = {"ids": ids.int(), "features": torch.cat(seen), "hidden": got.hidden_states[-1][0], "greedy": torch.tensor([greedy], dtype=torch.int32)}
    out["pixels"] = ((x["pixel_values_videos"] + 1) * 127.5).round().to(torch.uint8)
    save_file({k: v.contiguous() for k, v in out.items()}, os.path.join(HERE, name, "golden-video.safetensors"))
    sizes = [(n, w, h) for n in (2, 3, 4, 7) for w, h in ((5, 9), (33, 20), (64, 64), (300, 20), (190, 200))]
    processor.video_processor.max_video_tokens = 9
    count = lambda n, w, h, cap: processor.video_processor.get_num_of_video_patches(n, h, w, dict(cap_pixels_per_frame=cap)) // 4
    with open(os.path.join(HERE, name, "golden-video.json"), "w") as f:
        json.dump({"question": "What happens?" + "!" * end, "sizes": [[*size, count(*size, False), count(*size, True)] for size in sizes]}, f)
        f.write("\n")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    # Layers for DeepStack out of order: their rows come in the order of the layers.
    vision = dict(depth=3, hidden_size=32, intermediate_size=37, num_heads=2, num_position_embeddings=25, deepstack_visual_indexes=[2, 0])
    qwen3_vl("qwen3-vl/tied", vision, dict(num_attention_heads=3, num_key_value_heads=1, head_dim=16), [4, 2, 2], tie_word_embeddings=True)
    vision = dict(depth=2, hidden_size=48, intermediate_size=40, num_heads=3, num_position_embeddings=49, deepstack_visual_indexes=[0])
    text = dict(num_attention_heads=4, num_key_value_heads=2, head_dim=10, attention_bias=True)
    qwen3_vl("qwen3-vl/untied", vision, text, [2, 2, 1])
