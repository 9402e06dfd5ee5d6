# Writes safetensors.json: the bytes that the reference implementation writes for a few tensors. Run by hand.
#
#   python3 -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.2.6 safetensors==0.6.2
#   /tmp/golden/bin/python test/golden/safetensors_bytes.py
import base64
import json
import os

import numpy as np
import safetensors
from safetensors.numpy import save

tensors = {
    "b.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a.weight": np.array([1.5, -2.0], np.float32),
    "half": np.array([1.0, 0.5, -0.25], np.float16),
    "double": np.array(3.25, np.float64),
    "ids": np.array([[1, -2]], np.int64),
    "ints": np.array([7, -8, 9], np.int32),
    "bytes": np.array([1, 2, 255], np.uint8),
    "small": np.array([-1, 1], np.int8),
    "mask": np.array([True, False, True]),
    "empty": np.zeros((0, 4), np.float32),
    "näme": np.array([1], np.int8),
}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "safetensors.json"), "w") as f:
    json.dump(
        {
            "safetensors": safetensors.__version__,
            "tensors": {k: {"dtype": str(v.dtype), "shape": list(v.shape), "data": base64.b64encode(v.tobytes()).decode()} for k, v in tensors.items()},
            "file": base64.b64encode(save(tensors, {"format": "pt"})).decode(),
        },
        f,
        indent=1,
    )
    f.write("\n")
