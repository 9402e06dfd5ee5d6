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
