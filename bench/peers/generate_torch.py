# Greedy generation with transformers on PyTorch, in float32. Arguments: model folder, vocabulary, threads.
# Lines, answered with milliseconds: "decode CONTEXT COUNT" (of COUNT tokens after CONTEXT ones and a first), "prefill LENGTH" (to the
# first token, whose id follows), "streams ROWS PROMPT COUNT" (COUNT tokens in every row of one static batch, prompts included).
import os
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM

folder, vocabulary, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.set_default_device(os.environ.get("SENSORIUM_TORCH_DEVICE", "cpu"))
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval().to(torch.get_default_device())
distinct = min(40000, vocabulary - 16)
kept = {}  # of decode: the cache of the prompt, and its length
asked = 0


def ids(start, end, seed=0):
    return [3 + (i * 7919 + seed * 104729) % distinct for i in range(start, end)]


def forward(rows, cache):
    out = model(input_ids=torch.tensor(rows), past_key_values=cache, use_cache=True, logits_to_keep=1)
    return out.logits[:, -1].argmax(-1, keepdim=True).tolist(), out.past_key_values


def milliseconds(since):
    return (time.perf_counter() - since) * 1e3


def decode(context, count):
    cache, have = kept.get("cache"), kept.get("length", 0)
    if cache is not None:
        have = min(have, context - 1)
        cache.crop(have - cache.get_seq_length())  # a negative number: how many are taken off
    token, cache = forward([ids(have, context)], cache)
    start = time.perf_counter()
    for _ in range(count):
        token, cache = forward(token, cache)
    taken = milliseconds(start)
    kept.update(cache=cache, length=context)
    return (taken,)


def prefill(length):
    start = time.perf_counter()
    token, _ = forward([ids(0, length)], None)
    return milliseconds(start), token[0][0]


def streams(rows, prompt, count):
    global asked
    prompts = []
    for _ in range(rows):
        asked += 1
        prompts.append(ids(0, prompt, asked))
    start = time.perf_counter()
    token, cache = forward(prompts, None)
    for _ in range(count - 1):
        token, cache = forward(token, cache)
    return (milliseconds(start),)


work = {"decode": decode, "prefill": prefill, "streams": streams}
print(f"ready transformers {transformers.__version__} on PyTorch {torch.__version__}, {threads} threads", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        what, *numbers = line.split()
        print(*work[what](*map(int, numbers)), flush=True)
