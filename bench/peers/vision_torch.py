# A LLaVA's image encoder and projector in transformers on PyTorch, in float32. Arguments: model folder, threads.
# Each line "encode IMAGES TOKENS" is answered with the milliseconds from pixels to features and the mean size of the first TOKENS rows.
import os
import sys
import time

import torch
import transformers
from transformers import AutoModelForImageTextToText

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.set_default_device(os.environ.get("SENSORIUM_TORCH_DEVICE", "cpu"))
model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval().to(torch.get_default_device())
config = model.config
tower, projector = model.model.vision_tower, model.model.multi_modal_projector
size = config.vision_config.image_size
first = 1 if config.vision_feature_select_strategy == "default" else 0

print(f"ready transformers {transformers.__version__} on PyTorch {torch.__version__}, {threads} threads", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        images, tokens = map(int, line.split()[1:])
        pixels = (torch.arange(images * 3 * size * size) % 255).float().div(127.5).sub(1).view(images, 3, size, size)
        start = time.perf_counter()
        states = tower(pixels, output_hidden_states=True).hidden_states
        features = projector(states[config.vision_feature_layer][:, first:])
        features[0, 0, 0].item()  # a device computes on
        milliseconds = (time.perf_counter() - start) * 1e3
        print(f"{milliseconds:.3f} {features[0, :tokens].abs().mean().item()}", flush=True)
