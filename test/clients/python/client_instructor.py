# instructor: typed replies by tools, JSON schemas and the Responses API, lists, partial objects and pictures.

from typing import Literal

import instructor
from openai import AsyncOpenAI, BadRequestError, OpenAI
from pydantic import BaseModel, Field

from features import *


class Animals(BaseModel):
    """Animals in a picture."""

    animal: Literal["dog", "cat"]
    count: int = Field(ge=1, le=9)


openai = OpenAI(base_url=URL, api_key=KEY, max_retries=0)
hello = [{"role": "user", "content": HELLO}]
options = {"model": MODEL, "temperature": 0, "max_tokens": 300, "max_retries": 1}


def by(mode):
    def run():
        client = instructor.from_openai(openai, mode=mode)
        check_animals(client.chat.completions.create(messages=hello, response_model=Animals, **options))

    run.__name__ = mode.name.lower()
    return run


def with_completion():
    client = instructor.from_openai(openai, mode=instructor.Mode.TOOLS_STRICT)
    animals, completion = client.chat.completions.create_with_completion(messages=hello, response_model=Animals, **options)
    check_animals(animals)
    assert completion.usage.total_tokens > 0


def partial_objects():
    client = instructor.from_openai(openai, mode=instructor.Mode.JSON_SCHEMA)
    *_, last = client.chat.completions.create_partial(messages=hello, response_model=Animals, **options)
    check_animals(last)


def images():
    client = instructor.from_openai(openai, mode=instructor.Mode.TOOLS)
    content = [QUESTION, instructor.Image.from_path(PICTURES[0])]
    check_animals(client.chat.completions.create(messages=[{"role": "user", "content": content}], response_model=Animals, **options))


async def asynchronous():
    client = instructor.from_openai(AsyncOpenAI(base_url=URL, api_key=KEY), mode=instructor.Mode.TOOLS)
    check_animals(await client.chat.completions.create(messages=hello, response_model=Animals, **options))


def errors():
    client = instructor.from_openai(openai, mode=instructor.Mode.TOOLS)
    long = [{"role": "user", "content": TOO_LONG}]
    error = failure(lambda: client.chat.completions.create(messages=long, response_model=Animals, **options), Exception)
    while error and not isinstance(error, BadRequestError):
        error = error.__cause__
    assert error.code == "context_length_exceeded"


def retries_after_429():
    spend_key()
    client = instructor.from_openai(OpenAI(base_url=URL, api_key=LIMITED_KEY), mode=instructor.Mode.TOOLS)
    check_animals(client.chat.completions.create(messages=hello, response_model=Animals, **options))


modes = [instructor.Mode[name] for name in ("TOOLS", "TOOLS_STRICT", "JSON_SCHEMA") if name in instructor.Mode.__members__]
features("chat", *map(by, modes), with_completion, partial_objects, images, asynchronous, errors, retries_after_429)
features("responses", by(instructor.Mode.RESPONSES_TOOLS))
