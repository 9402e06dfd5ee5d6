# Images from files to pixels in Python, on one thread. Each line "SIDE CASE FILE CONFIG" is answered with the milliseconds of the wall and of the
# processor. SIDE: `pillow` decodes and resizes, `pil` and `torchvision` are the image processors of transformers on both. CONFIG is JSON.
import json
import sys
import time

import PIL
import torch
import transformers
from PIL import Image

torch.set_num_threads(1)


def processor(side, case, config):
    """The class of transformers, on Pillow or on torchvision."""
    kind = config.pop("class")
    if side == "pil":
        return getattr(transformers, kind + "Pil")(**config)
    return getattr(transformers, kind)(**config)


made = {}


def run(side, case, file, config):
    if side == "pillow":
        with Image.open(file) as image:
            return image.convert("RGB").resize(config["resized"], config["resample"]).tobytes()
    key = (side, case)
    if key not in made:
        config.pop("resized")
        made[key] = processor(side, case, dict(config))
    with Image.open(file) as image:
        return made[key](image.convert("RGB"), return_tensors="pt")["pixel_values"]


print(f"ready Pillow {PIL.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}, one thread", flush=True)
for line in sys.stdin:
    side, case, file, config = line.strip().split(" ", 3)
    config = json.loads(config)
    wall, cpu = time.perf_counter(), time.process_time()
    run(side, case, file, config)
    print(f"{(time.perf_counter() - wall) * 1e3:.3f} {(time.process_time() - cpu) * 1e3:.3f}", flush=True)
