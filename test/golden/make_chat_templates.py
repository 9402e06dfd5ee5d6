"""Writes what transformers renders for the templates and conversations beside this file. Run by hand:
pip install transformers==5.24.0 jinja2==3.1.6, then python test/golden/make_chat_templates.py"""

import gzip
import json
from pathlib import Path

from transformers.utils.chat_template_utils import _compile_jinja_template, render_jinja_template

HERE = Path(__file__).parent / "chat"


def attempt(run):
    """The text, or None where Python refuses."""
    try:
        return run()
    except Exception:
        return None


def snippets():
    context = json.loads((HERE / "context.json").read_text(encoding="utf-8"))
    sources = (HERE / "snippets.txt").read_text(encoding="utf-8").split("\n%%%%\n")
    return [[source, attempt(lambda: _compile_jinja_template(source).render(**context))] for source in sources]


# Templates that take content in parts alone; they are given strings as one part.
PARTS = {"idefics3", "llava-1.5", "llava-next-mistral"}


def in_parts(messages):
    return [
        {**message, "content": [{"type": "text", "text": message["content"]}]}
        if isinstance(message.get("content"), str)
        else message
        for message in messages
    ]


def without_none(messages):
    """What apply_chat_template of transformers 5 makes of the messages before it renders them."""
    return [{key: value for key, value in message.items() if value is not None} for message in messages]


def conversations():
    cases = json.loads((HERE / "conversations.json").read_text(encoding="utf-8"))
    tokens = json.loads((HERE / "tokens.json").read_text(encoding="utf-8"))
    out = {}
    for path in sorted(HERE.glob("*.jinja")):
        template = path.read_text(encoding="utf-8")
        name = path.stem
        out[name] = []
        for case in cases:
            # Where a key is None the text is what either version renders: 4 passes None on, 5 leaves the key out.
            messages = in_parts(case["messages"]) if name in PARTS else case["messages"]
            texts = [
                attempt(
                    lambda: render_jinja_template(
                        [given],
                        tools=case.get("tools"),
                        chat_template=template,
                        add_generation_prompt=case.get("add_generation_prompt", False),
                        continue_final_message=case.get("continue_final_message", False),
                        **{**tokens.get(name, {}), **case.get("variables", {})},
                    )[0][0]
                )
                for given in (messages, without_none(messages))
            ]
            out[name].append(texts[0] if texts[0] == texts[1] else texts)
    return out


golden = {"snippets": snippets(), "conversations": conversations()}
text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
(HERE / "golden.json.gz").write_bytes(gzip.compress(text.encode("utf-8", "surrogatepass"), mtime=0))
count = sum(len(texts) for texts in golden["conversations"].values())
refused = sum(text is None for texts in golden["conversations"].values() for text in texts)
print(f"{len(golden['snippets'])} snippets, {count} conversations, of which transformers refuses {refused}")
