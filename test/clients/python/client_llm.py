# llm, the command line: chat and completion models of extra-openai-models.yaml, with pictures, schemas and options.

import pathlib
import subprocess
import sys
import tempfile

from features import *

folder = tempfile.TemporaryDirectory()
home = pathlib.Path(folder.name)
(home / "extra-openai-models.yaml").write_text(
    f"""- model_id: chat
  model_name: {MODEL}
  api_base: "{URL}"
  api_key_name: sensorium
  vision: true
  supports_schema: true
  supports_tools: true
- model_id: completion
  model_name: {MODEL}
  api_base: "{URL}"
  api_key_name: sensorium
  completion: true
"""
)
(home / "keys.json").write_text(json.dumps({"sensorium": KEY}))


def llm(*arguments, error=False):
    """What the command prints; with `error` it must fail."""
    command = [sys.executable, "-m", "llm", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LLM_USER_PATH": str(home)}, stdin=subprocess.DEVNULL)
    assert (done.returncode != 0) == error, done.stderr[-2000:]
    return done.stderr if error else done.stdout


options = ("-o", "temperature", "0", "-o", "max_tokens", "20")


def text_and_streams():
    streamed = llm("-m", "chat", *options, HELLO)
    assert streamed.strip() and streamed == llm("-m", "chat", "--no-stream", *options, HELLO)


def system_prompts():
    assert llm("-m", "chat", "-s", "Be brief.", *options, HELLO).strip()


def conversations():
    llm("-m", "chat", *options, HELLO)
    assert llm("-c", *options, "And now?").strip()


def images():
    assert llm("-m", "chat", *options, "-a", PICTURES[0], QUESTION).strip()
    assert llm("-m", "chat", *options, "-a", PICTURES[0], "-a", PICTURES[1], QUESTION).strip()


def structured_output():
    reply = llm("-m", "chat", "-o", "temperature", "0", "-o", "max_tokens", "100", "--schema", json.dumps(ANIMALS), HELLO)
    check_animals(json.loads(reply))


def tools():
    assert isinstance(llm("-m", "chat", *options, "-T", "llm_version", HELLO), str)


def errors():
    assert "maximum context length" in llm("-m", "chat", *options, TOO_LONG[:100_000], error=True)


features("chat", text_and_streams, system_prompts, conversations, images, structured_output, tools, errors)


def completion():
    streamed = llm("-m", "completion", *options, "The dog")
    assert streamed == llm("-m", "completion", "--no-stream", *options, "The dog")


completion.__name__ = "text_and_streams"
features("completions", completion)
