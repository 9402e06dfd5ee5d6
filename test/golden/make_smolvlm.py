# Writes the videos of SmolVLM2 into test/golden/families/smolvlm/, read by test/families-smolvlm.whole.test.ts: part of make.py, which says how to run it.
#
#   /tmp/golden/bin/python test/golden/make_smolvlm.py
import json
import os

import numpy as np
import torch
import transformers
from transformers import LlamaConfig, SmolVLMConfig, SmolVLMForConditionalGeneration, SmolVLMProcessor, SmolVLMVideoProcessor
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil
from transformers.video_utils import VideoMetadata

from make import FAMILIES, IDEFICS3_TEMPLATE, byte_tokenizer, continued, family, noise_image, randomize_seeing, save, write

# Frames of one size, how many of one second, and what stands around the video.
CHATS = {"first": (5, (50, 31), 2.0, ["<video>", "What happens?"]), "last": (3, (20, 44), 0.04, ["Watch this:", "<video>"])}
# Frames and frames a second of files, and what is asked for.
SAMPLED = [(300, 30.0, {}), (45, 24.0, {}), (7, 30.0, {}), (3000, 30.0, {}), (30 * 200, 30.0, {}), (250, 25.0, dict(num_frames=4)), (100, 10.0, dict(fps=2.5, num_frames=20)), (1, 25.0, {})]


@family("smolvlm")
@torch.no_grad()
def smolvlm():
    grid = [f"<row_{r + 1}_col_{c + 1}>" for r in range(6) for c in range(6)]
    specials = ["<|im_start|>", "<|im_end|>", "<end_of_utterance>", "<fake_token_around_image>", "<global-img>", "<image>", *grid]
    merges = (("Ċ", "Ċ"), ("Ġ", "Y"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ġ", "f"), ("r", "a"), ("Ġf", "ra"))
    tokenizer = byte_tokenizer(specials, merges, bos_token="<|im_start|>", eos_token="<end_of_utterance>", pad_token="<|im_end|>")
    images = SmolVLMImageProcessorPil(size={"longest_edge": 84}, max_image_size={"longest_edge": 30})
    videos = SmolVLMVideoProcessor(size={"longest_edge": 42}, max_image_size={"longest_edge": 30}, video_sampling={"max_frames": 64, "fps": 1, "video_size": {"longest_edge": 42}})
    processor = SmolVLMProcessor(images, tokenizer, videos, image_seq_len=9, chat_template=IDEFICS3_TEMPLATE)
    text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1)
    text |= dict(max_position_embeddings=1024, pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    vision = dict(hidden_size=24, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, image_size=30, patch_size=5)
    model = SmolVLMForConditionalGeneration(SmolVLMConfig(vision_config=vision, text_config=LlamaConfig(**text), image_token_id=tokenizer.convert_tokens_to_ids("<image>"), scale_factor=2))
    name = "smolvlm/video"
    randomize_seeing(model, name)
    model, folder = save(model, name, dtype="float16")
    processor.save_pretrained(folder)
    facts, out = {"chats": {}, "sampled": []}, {}
    for total, rate, asked in SAMPLED:
        about = VideoMetadata(total_num_frames=total, fps=rate, duration=total / rate)
        facts["sampled"].append([total, total / rate, asked.get("fps"), asked.get("num_frames"), videos.sample_frames(about, **asked).tolist()])
    for chat, (count, size, rate, parts) in CHATS.items():
        messages = [{"role": "user", "content": [{"type": "video"} if p == "<video>" else {"type": "text", "text": p} for p in parts]}]
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        for shift in range(20):  # other pixels where two logits come too close on the way
            frames = np.stack([np.asarray(noise_image(*size, i + 1 + 100 * shift)) for i in range(count)])
            about = VideoMetadata(total_num_frames=count, fps=rate, duration=count / rate, frames_indices=list(range(count)))
            inputs = processor(text=[prompt], videos=[frames], video_metadata=[about], do_sample_frames=False, return_tensors="pt")
            given = {k: v for k, v in inputs.items() if k in ("pixel_values", "pixel_attention_mask")}
            greedy = continued(lambda ids: model(input_ids=ids, use_cache=False, **given).logits, inputs["input_ids"][0].tolist())
            if greedy is not None:
                break
        else:
            raise ValueError(f"{name}: no clear continuation for {chat}")
        got = model(input_ids=inputs["input_ids"], output_hidden_states=True, use_cache=False, **given)
        rows = torch.cat(list(model.model.get_image_features(given["pixel_values"], given["pixel_attention_mask"]).pooler_output))
        facts["chats"][chat] = {"count": count, "size": size, "seed": 1 + 100 * shift, "fps": rate, "parts": parts}
        pixels = ((given["pixel_values"][0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        out |= {f"{chat}.ids": inputs["input_ids"], f"{chat}.pixels": pixels, f"{chat}.features": rows, f"{chat}.greedy": torch.tensor([greedy])}
        out |= {f"{chat}.hidden": got.hidden_states[-1][0], f"{chat}.logits": got.logits[0, -4:]}
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")
    write(folder, out)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    FAMILIES["smolvlm"]()
