# guidellm: benchmarks over chat completions and completions, whose requests all have to succeed.

import json
import pathlib
import subprocess
import sys
import tempfile

from features import *

TOKENIZER = server["folder"]


def benchmark(request_type):
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(pathlib.Path(sys.executable).with_name("guidellm")),
            *("run", "--backend", f"kind=openai_http,target={URL.removesuffix('/v1')},api_key={KEY},request_format={request_type}"),
            *("--profile", "kind=concurrent,streams=4", "--constraint", "kind=max_requests,count=12"),
            *("--data", "kind=synthetic_text,prompt_tokens=30,output_tokens=16"),
            *("--tokenizer", f"kind=hf_auto,model={TOKENIZER}", "--outputs", "json", "--output-dir", folder),
        ]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, "HF_HUB_OFFLINE": "1"})
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        report = json.loads(next(pathlib.Path(folder).glob("*.json")).read_text())
    [run] = report["benchmarks"]
    totals = run["metrics"]["request_totals"]
    assert totals["successful"] == 12 and totals["errored"] == 0, totals
    tokens = run["metrics"]["output_token_count"]["successful"]
    assert tokens["min"] == tokens["max"] == 16, tokens


def load():
    benchmark("/v1/chat/completions")


features("chat", load)


def completions_load():
    benchmark("/v1/completions")


completions_load.__name__ = "load"
features("completions", completions_load)
