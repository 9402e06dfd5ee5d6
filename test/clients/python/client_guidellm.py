# guidellm: benchmarks over chat completions and completions, whose requests all have to succeed.

import json
import pathlib
import subprocess
import sys
import tempfile

from features import *

TOKENIZER = server["folder"]


def benchmark(request_format):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        command = [
            *(sys.executable, "-m", "guidellm", "run", "--disable-console-interactive"),
            *("--backend", f"kind=openai_http,target={URL},api_key={KEY},request_format={request_format}"),
            *("--profile", "kind=concurrent,streams=4", "--constraint", "kind=max_requests,count=12"),
            *("--data", "kind=synthetic_text,prompt_tokens=30,output_tokens=16"),
            *("--tokenizer", f"kind=hf_auto,model={TOKENIZER}", "--output", f"kind=json,path={report}"),
        ]
        offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=offline)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        [run] = json.loads(report.read_text())["benchmarks"]
    totals = run["metrics"]["request_totals"]
    # It may measure fewer than it sends.
    assert totals["successful"] == totals["total"] > 0, totals
    tokens = run["metrics"]["output_token_count"]["successful"]
    assert tokens["min"] == tokens["max"] == 16, tokens


def load():
    benchmark("/v1/chat/completions")


features("chat", load)


def completions_load():
    benchmark("/v1/completions")


def responses_load():
    benchmark("/v1/responses")


for api, function in (("completions", completions_load), ("responses", responses_load)):
    function.__name__ = "load"
    features(api, function)
