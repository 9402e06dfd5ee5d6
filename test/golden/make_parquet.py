"""Writes test/golden/parquet/*.parquet: two rows of dialogues with a small image, in every compression, and in other tools' columns.

Usage: python make_parquet.py (needs pyarrow and pillow).
"""

import io
import os

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "parquet")


def png(color):
    out = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(out, "PNG")
    return out.getvalue()


image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
a, b = {"bytes": png("red"), "path": "a.png"}, {"bytes": png("blue"), "path": "b.png"}
cauldron = pa.table(
    {
        "images": pa.array([[a], [a, b]], pa.list_(image)),
        "texts": pa.array(
            [[{"user": "What color?", "assistant": "red"}], [{"user": "Same?" * 40, "assistant": "no"}, {"user": "Sure?", "assistant": "yes"}]],
            pa.list_(pa.struct([("user", pa.string()), ("assistant", pa.string())])),
        ),
    }
)
for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
    pq.write_table(cauldron, f"{HERE}/{codec}.parquet", compression=codec)
turn = pa.struct([("from", pa.string()), ("value", pa.string())])
onevision = pa.table(
    {
        "id": pa.array(["x", "x"]),
        "image": pa.array([a, None], image),
        "conversations": pa.array(
            [
                [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "red"}],
                [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}],
            ],
            pa.list_(turn),
        ),
    }
)
pq.write_table(onevision, f"{HERE}/onevision.parquet", compression="zstd")
message = pa.struct([("role", pa.string()), ("content", pa.string())])
trl = pa.table(
    {
        "images": pa.array([[a]], pa.list_(image)),
        "messages": pa.array([[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Here: <image> What?"}, {"role": "assistant", "content": "red"}]], pa.list_(message)),
    }
)
pq.write_table(trl, f"{HERE}/trl.parquet")

# A column of classes with the note of the `datasets` library that names them.
features = '{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}'
labels = pa.table({"image": pa.array([a, b], image), "label": pa.array([0, 1], pa.int64())}).replace_schema_metadata({"huggingface": features})
pq.write_table(labels, f"{HERE}/labels.parquet")

# A WebDataset archive: a caption, a class, JSON with two images under a long name, a folder and a note between.
import json
import tarfile

with tarfile.open(os.path.join(os.path.dirname(HERE), "webdataset.tar"), "w", format=tarfile.PAX_FORMAT) as archive:

    def add(name, data):
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))

    folder = tarfile.TarInfo("set")
    folder.type = tarfile.DIRTYPE
    archive.addfile(folder)
    add("set/000.png", png("red"))
    add("set/000.txt", b"A red square.\n")
    add("set/README", b"a note")
    add("set/001.cls", b"7")
    add("set/001.png", png("blue"))
    long = "set/" + "long" * 40
    add(f"{long}.0.png", png("red"))
    add(f"{long}.1.png", png("blue"))
    turns = [{"from": "human", "value": "<image><image>Which?"}, {"from": "gpt", "value": "The first."}]
    add(f"{long}.json", json.dumps({"conversations": turns}).encode())
