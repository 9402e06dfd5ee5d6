# Writes test/golden/generation.json, read by src/generate/generation-config.test.ts: what transformers generates from golden checkpoints whose
# generation_config.json has settings. Run by hand, with the packages of requirements.txt:
#
#   /tmp/golden/bin/python test/golden/generation.py
import json
import os

import torch
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoModelForSeq2SeqLM, GenerationConfig

HERE = os.path.dirname(os.path.abspath(__file__))
IDEFICS = [260, 52, 82, 68, 81, 25, 220, 64, 220, 81, 68, 67, 220, 67, 78, 70, 264, 198, 32, 82, 82, 72, 82, 83, 64, 77, 83, 25]
QWEN = [82, 88, 82, 83, 68, 76, 198, 56, 78, 84, 220, 64, 81, 68, 220, 64, 220, 258, 75, 79, 69, 84, 75, 220, 64, 82, 82, 72, 82, 83, 64, 77, 83, 13]
QWEN = [261, *QWEN, 262, 198, 261, 84, 82, 68, 81, 198, 64, 220, 81, 68, 67, 220, 67, 78, 70, 262, 198, 261, 64, 82, 82, 72, 82, 83, 64, 77, 83, 198]
# Ids of the user's message "a red dog" where there is a template.
MODELS = {
    "llama/untied": (AutoModelForCausalLM, [5, 6, 7]),
    "idefics2/whole": (AutoModelForImageTextToText, IDEFICS),
    "qwen2-vl/untied": (AutoModelForImageTextToText, QWEN),
    "t5/flan": (AutoModelForSeq2SeqLM, [5, 6, 7, 8, 1]),
}


def greedy(model, ids, settings, **more):
    config = GenerationConfig(**{"eos_token_id": None, "pad_token_id": 0, "decoder_start_token_id": 0, "max_new_tokens": 24, "use_cache": False, **settings, **more})
    with torch.no_grad():
        out = model.generate(torch.tensor([ids]), generation_config=config, attention_mask=torch.ones(1, len(ids), dtype=torch.long))[0].tolist()
    return out[1:] if model.config.is_encoder_decoder else out[len(ids) :]


cases = []
for name, (cls, ids) in MODELS.items():
    model = cls.from_pretrained(os.path.join(HERE, "families", name), dtype=torch.float32).eval()
    model.generation_config = GenerationConfig()
    plain = greedy(model, ids, {})
    a, b, c, d = plain[1], plain[2], plain[3], plain[5]
    length = 1 if model.config.is_encoder_decoder else len(ids)
    every = [
        {},
        {"eos_token_id": [1, d]},
        {"eos_token_id": d},
        {"repetition_penalty": 1.1},
        {"repetition_penalty": 1.1, "bad_words_ids": [[a], [b, c]]},
        {"repetition_penalty": 0.8, "no_repeat_ngram_size": 2},
        {"bad_words_ids": [[a], [d]], "eos_token_id": [d, 1]},
        {"no_repeat_ngram_size": 3, "suppress_tokens": [c]},
        {"begin_suppress_tokens": [plain[0]], "eos_token_id": [d]},
        {"eos_token_id": [a, d], "min_new_tokens": 4},
        {"eos_token_id": [a, d], "min_length": length + 4},
        {"forced_eos_token_id": 3, "max_new_tokens": 6},
        {"forced_eos_token_id": [4, 3], "eos_token_id": [4, 3], "max_new_tokens": 6},
        {"max_new_tokens": None, "max_length": length + 9},
        {"sequence_bias": [[[a], -2.0], [[plain[0], b], 9.5]]},
        {"do_sample": False, "temperature": 0.6, "top_k": 20, "top_p": 0.8, "max_new_tokens": 8},
    ]
    if length == 1:
        every += [{"forced_bos_token_id": 9}, {"forced_bos_token_id": 9, "begin_suppress_tokens": [a, c]}, {"decoder_start_token_id": 4}]
    for settings in every:
        cases.append({"model": name, "ids": ids, "settings": settings, "reply": greedy(model, ids, settings)})
    for settings in [] if cls is not AutoModelForImageTextToText else [{"length_penalty": 0.4, "early_stopping": True, "eos_token_id": [1, a, d]}, {"repetition_penalty": 1.2, "eos_token_id": [d]}]:
        cases.append({"model": name, "ids": ids, "settings": settings, "beams": 3, "reply": greedy(model, ids, settings, num_beams=3)})

with open(os.path.join(HERE, "generation.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
