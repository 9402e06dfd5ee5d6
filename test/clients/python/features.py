# What the scripts of clients share: where the server is, and features as functions, each of which becomes a line of JSON.

import asyncio
import base64
import inspect
import json
import os
import time
import traceback
import urllib.error
import urllib.request

server = json.loads(os.environ["SENSORIUM_CLIENT"])
URL, KEY, LIMITED_KEY = server["url"], server["key"], server["limitedKey"]
MODEL, EMBEDDINGS, PICTURES = server["model"], server["embeddings"], server["pictures"]

QUESTION = "Describe the image in detail."
HELLO = "Is there a dog?"
TOO_LONG = "dog " * 20_000
ANIMALS = {
    "type": "object",
    "properties": {
        "animal": {"type": "string", "enum": ["dog", "cat"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["animal", "count"],
    "additionalProperties": False,
}


def check_animals(value):
    """Fails for what is not of the form of ANIMALS: a dict, or an object with the same fields."""
    animal, count = (value["animal"], value["count"]) if isinstance(value, dict) else (value.animal, value.count)
    assert animal in ("dog", "cat"), animal
    assert isinstance(count, int) and 1 <= count <= 9, count


def data_url(path):
    with open(path, "rb") as file:
        return "data:image/png;base64," + base64.b64encode(file.read()).decode()


def spend_key():
    """Sends requests with the key that has few of them, until one is refused for that."""
    headers = {"authorization": f"Bearer {LIMITED_KEY}", "content-type": "application/json"}
    for _ in range(200):
        try:
            urllib.request.urlopen(urllib.request.Request(URL + "/completions", b"{}", headers))
        except urllib.error.HTTPError as error:
            if error.code == 429:
                return
    raise AssertionError("the key with few requests was never refused")


def idle():
    """Waits until the server has no reply under way: what was aborted is gone."""
    while True:
        with urllib.request.urlopen(URL.removesuffix("/v1") + "/health") as response:
            health = json.load(response)
        if health["running"] == 0 and health["queued"] == 0:
            return
        time.sleep(0.05)


def failure(run, *classes):
    """The error that a call raises, which must be of one of the classes."""
    try:
        value = run()
    except classes as error:
        return error
    raise AssertionError(f"no error came, but {value!r}"[:300])


# One for all features: clients keep connections, which belong to the loop that they were opened in.
_loop = asyncio.new_event_loop()


def features(api, *functions):
    """Runs the features of an API one after the other; they are called like their functions."""
    for function in functions:
        line = {"api": api, "feature": function.__name__.replace("_", " "), "ok": True}
        try:
            result = function()
            if inspect.isawaitable(result):
                _loop.run_until_complete(result)
        except BaseException:
            line["ok"] = False
            line["detail"] = traceback.format_exc()[-4000:]
        print(json.dumps(line), flush=True)

