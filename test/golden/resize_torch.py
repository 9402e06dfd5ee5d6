# Writes resize-torch.json: what torchvision makes of uint8 images, as transformers' video processors resize frames. Run by hand:
#
#   /tmp/golden/bin/pip install torchvision && /tmp/golden/bin/python test/golden/resize_torch.py
#
# On processors without AVX2 (or ARM's equivalent) torchvision goes through float32 for bilinear; these are the values with it.
import base64
import hashlib
import json
import os

import numpy as np
import torch
import torchvision
from torchvision.transforms.v2 import functional as tvF

from make import noise_image

HERE = os.path.dirname(os.path.abspath(__file__))
MODES = ("bilinear", "bicubic", "lanczos")
SIZES = [((7, 5), (7, 5)), ((7, 5), (3, 2)), ((7, 5), (14, 10)), ((7, 5), (11, 3)), ((7, 5), (7, 9)), ((1, 1), (4, 3)), ((16, 9), (5, 9)), ((64, 48), (10, 10))]
LARGE = [((640, 480), (224, 224)), ((640, 427), (335, 224)), ((333, 500), (64, 96)), ((64, 64), (336, 336)), ((1023, 769), (97, 31))]
cases = []
for sizes, first, keep in ((SIZES, 1, True), (LARGE, 101, False)):
    for seed, (source, target) in enumerate(sizes):
        image = torch.from_numpy(np.array(noise_image(*source, seed + first))).permute(2, 0, 1)
        for name in MODES:
            frames = torch.stack([image, image])[None]  # a video: [1, frames, 3, h, w]
            out = tvF.resize(frames, [target[1], target[0]], interpolation=tvF.InterpolationMode(name), antialias=True)
            assert torch.equal(out[0, 0], out[0, 1])
            bytes_ = out[0, 0].permute(1, 2, 0).contiguous().numpy()
            value = {"pixels": base64.b64encode(bytes_.tobytes()).decode()} if keep else {"sha256": hashlib.sha256(bytes_.tobytes()).hexdigest()}
            cases.append({"source": source, "target": target, "seed": seed + first, "filter": name, **value})
with open(os.path.join(HERE, "resize-torch.json"), "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, f, indent=1)
    f.write("\n")
