# Fine-tuning in transformers on PyTorch, eager, float32, with peft for adapters: one training step per line.
# Arguments: folder of the model, file of the batch, folder of the adapter (or -), learning rate, clipping norm, threads.
# "step" is answered with milliseconds, milliseconds of CPU and the loss, "peak" with the peak of resident memory in MB.
import json
import os
import re
import resource
import sys
import time

import torch
import transformers
from safetensors.torch import load_file

folder, batch, adapter, lr, clip, threads = sys.argv[1:7]
torch.set_num_threads(int(threads))
torch.set_default_device(os.environ.get("SENSORIUM_TORCH_DEVICE", "cpu"))
with open(f"{folder}/config.json") as file:
    multimodal = "vision_config" in json.load(file)
auto = transformers.AutoModelForImageTextToText if multimodal else transformers.AutoModelForCausalLM
model = auto.from_pretrained(folder, dtype=torch.float32)
model.config.use_cache = False
about = ""
if adapter != "-":
    import peft

    model = peft.PeftModel.from_pretrained(model, adapter, is_trainable=True)
    about = f", peft {peft.__version__}"
model.to(torch.get_default_device())
model.train()
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=float(lr), weight_decay=0.0, fused=True)

given = load_file(batch, device=str(torch.get_default_device()))
ids = given["ids"].long()
labels = torch.where(given["weights"] > 0, ids, -100)
inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels, "use_cache": False}
if multimodal:
    inputs["pixel_values"] = given["pixels"].unsqueeze(1)


def step():
    loss = model(**inputs).loss
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, float(clip))
    optimizer.step()
    return loss.item()


def peak():
    try:
        with open("/proc/self/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) / 1024
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


count = sum(p.numel() for p in trained) / 1e6
print(f"ready torch: {count:.2f} M parameters trained, transformers {transformers.__version__}, PyTorch {torch.__version__}{about}", flush=True)
for line in sys.stdin:
    if line.strip() == "peak":
        print(peak(), flush=True)
        continue
    cpu, start = time.process_time(), time.perf_counter()
    loss = step()
    print((time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3, loss, flush=True)
