# Writes resize.json and clip-processor.json: what Pillow and transformers' CLIPImageProcessor make of a few small
# images. Run by hand when the list of cases changes; the tests compare with the committed JSON exactly.
#
#   python3 -m venv /tmp/golden && /tmp/golden/bin/pip install pillow==11.3.0 numpy==2.2.6 transformers==4.57.1
#   /tmp/golden/bin/python test/golden/resize.py
import base64
import hashlib
import json
import os

import numpy as np
import transformers
from PIL import Image, __version__ as pillow_version

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


def pixels(width, height, seed):
    """Noise with flat extremes (so that bicubic and lanczos overshoot and clip); the test makes the same bytes."""
    state, out = seed, np.zeros(height * width * 3, np.uint8)
    for i in range(out.size):
        state = (state * 1103515245 + 12345) % 2147483648
        value = state >> 16
        out[i] = 0 if value % 5 == 0 else 255 if value % 5 == 1 else value & 255
    return out.reshape(height, width, 3)


def b64(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def write(name, value):
    with open(os.path.join(HERE, name), "w") as f:
        json.dump(value, f, indent=1)
        f.write("\n")


resize = []
SIZES = [
    ((7, 5), (7, 5)), ((7, 5), (3, 2)), ((7, 5), (14, 10)), ((7, 5), (11, 3)), ((7, 5), (7, 9)), ((7, 5), (1, 1)),
    ((1, 1), (4, 3)), ((16, 9), (5, 9)), ((9, 16), (4, 7)), ((64, 48), (10, 10)),
]
for seed, (source, target) in enumerate(SIZES):
    image = Image.fromarray(pixels(*source, seed + 1))
    for name, code in FILTERS.items():
        out = np.asarray(image.resize(target, resample=code))
        resize.append({"source": source, "target": target, "seed": seed + 1, "filter": name, "pixels": b64(out)})
# Larger ones by hash: real sizes, where accumulated rounding would show.
LARGE = [((640, 480), (224, 224)), ((640, 427), (335, 224)), ((333, 500), (64, 96)), ((64, 64), (336, 336)), ((1023, 769), (97, 31))]
for seed, (source, target) in enumerate(LARGE):
    image = Image.fromarray(pixels(*source, seed + 101))
    for name, code in FILTERS.items():
        out = np.asarray(image.resize(target, resample=code))
        resize.append({"source": source, "target": target, "seed": seed + 101, "filter": name, "sha256": sha(out)})
write("resize.json", {"pillow": pillow_version, "cases": resize})

CONFIGS = {
    "default": {},
    "small": {"size": {"shortest_edge": 8}, "crop_size": {"height": 8, "width": 8}},
    "square": {"size": {"height": 8, "width": 6}, "do_center_crop": False, "resample": 2},
    "padding": {"do_resize": False, "crop_size": {"height": 12, "width": 9}},
    "oddPadding": {"do_resize": False, "crop_size": {"height": 11, "width": 4}, "do_normalize": False},
    "rescaleOnly": {"size": 8, "crop_size": 8, "do_normalize": False, "rescale_factor": 1 / 127.5},
    "half": {"size": 8, "crop_size": 7, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 1},
    "normalizeOnly": {"size": 8, "crop_size": 8, "do_rescale": False, "image_mean": [120, 110, 100], "image_std": [60, 61.5, 62]},
    "uncropped": {"size": {"shortest_edge": 6}, "do_center_crop": False},
}
SOURCES = [(13, 7), (7, 13), (8, 8), (5, 10), (30, 11)]
cases = []
for name, config in CONFIGS.items():
    processor = transformers.CLIPImageProcessor(**config)
    for seed, (width, height) in enumerate(SOURCES):
        out = processor(pixels(width, height, seed + 1), return_tensors="np", input_data_format="channels_last")["pixel_values"][0]
        out = out.astype(np.float32)
        case = {"config": name, "source": [width, height], "seed": seed + 1, "shape": list(out.shape), "sha256": sha(out)}
        if out.size <= 300:
            case["values"] = b64(out)
        cases.append(case)
write(
    "clip-processor.json",
    {
        "transformers": transformers.__version__,
        "configs": {name: transformers.CLIPImageProcessor(**config).to_dict() for name, config in CONFIGS.items()},
        "cases": cases,
    },
)
