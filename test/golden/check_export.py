# Loads a model folder and its export in transformers, and compares their logits. Run by hand, like make.py and in its environment:
#
#   npx sensorium export test/golden/families/llama/untied --to hf --out /tmp/exported
#   /tmp/golden/bin/python test/golden/check_export.py test/golden/families/llama/untied /tmp/exported
import json
import os
import sys

import torch
import transformers


def load(folder):
    with open(os.path.join(folder, "config.json")) as file:
        name = json.load(file)["architectures"][0]
    return getattr(transformers, name).from_pretrained(folder, dtype=torch.float32).eval()


def logits(model):
    config = model.config.get_text_config()
    ids = torch.arange(1, 13).remainder(config.vocab_size)[None]
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    vision = getattr(model.config, "vision_config", None)
    if vision is not None and model.config.model_type == "llava":
        token = getattr(model.config, "image_token_id", None) or model.config.image_token_index
        inputs["pixel_values"] = torch.linspace(-1, 1, 3 * vision.image_size**2).reshape(1, 3, vision.image_size, vision.image_size)
        rows = model.get_image_features(pixel_values=inputs["pixel_values"])
        rows = getattr(rows, "pooler_output", rows)
        count = sum(row.reshape(-1, config.hidden_size).shape[0] for row in rows)
        inputs["input_ids"] = torch.cat([torch.full((1, count), token), ids], 1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    with torch.no_grad():
        return model(**inputs).logits


original, exported = (logits(load(folder)) for folder in sys.argv[1:3])
distance = (original - exported).abs().max().item()
print(f"{tuple(exported.shape)} logits, largest difference {distance}")
sys.exit(0 if distance == 0 else 1)
