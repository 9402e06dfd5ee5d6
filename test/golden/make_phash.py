"""Perceptual hashes by the Python package imagehash, for test/golden/phash.json. Run by hand; nothing in the project needs Python.

    python -m venv v && v/bin/pip install imagehash==4.3.2 pillow==11.3.0 numpy==2.4.6 scipy==1.17.1
    v/bin/python test/golden/make_phash.py

Pillow before 13: there tall pictures are resized from top to bottom first, which moves some bits of their hashes; those that are published are the older ones.

The pictures are those of picture.ts, blocks of color of the size of faces and walls, and slopes: by integers, the same in both languages.
"""

import json
import os

import imagehash
import numpy as np
from PIL import Image

SIZES = [(32, 32), (31, 47), (64, 85), (200, 133), (400, 300), (33, 240), (9, 8)]


def pattern(width, height, seed):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (x * (seed + 3 + 2 * c) + y * (5 + c * seed) + (x * y * (seed + c)) // 7) % 256


def blocks(width, height, seed):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    cell = (x * 7 // width) * 73 + (y * 5 // height) * 151 + c * 57 + seed * 991
    return ((cell * 2654435761) & 0xFFFFFFFF) >> 24


def slopes(width, height, seed):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (x * 255 // width * (seed % 3 + 1) + y * 255 // height * (c + 1)) // 6


KINDS = {"pattern": pattern, "blocks": blocks, "slopes": slopes}

rows = []
for kind, make in KINDS.items():
    for width, height in SIZES:
        for seed in (1, 2, 5):
            image = Image.fromarray(make(width, height, seed).astype(np.uint8), "RGB")
            rows.append({"kind": kind, "width": width, "height": height, "seed": seed, "phash": str(imagehash.phash(image))})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "phash.json"), "w") as file:
    file.write("[\n" + ",\n".join(" " + json.dumps(row) for row in rows) + "\n]\n")
