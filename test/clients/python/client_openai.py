# The openai package: chat completions, completions, responses, embeddings, files and models, the asynchronous client too.

import asyncio
import json
from typing import Literal

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, Field

from features import *

client = OpenAI(base_url=URL, api_key=KEY, max_retries=0)
limited = OpenAI(base_url=URL, api_key=LIMITED_KEY)


class Animals(BaseModel):
    animal: Literal["dog", "cat"]
    count: int = Field(ge=1, le=9)


def picture(path):
    return {"type": "image_url", "image_url": {"url": data_url(path)}}


def ask(*parts):
    return [{"role": "user", "content": [*parts, {"type": "text", "text": QUESTION}]}]


hello = [{"role": "user", "content": HELLO}]
request = {"model": MODEL, "messages": ask(picture(PICTURES[0])), "temperature": 0, "max_tokens": 20}
tool = {"type": "function", "function": {"name": "count", "description": "Counts animals", "parameters": ANIMALS, "strict": True}}


def create(**more):
    return client.chat.completions.create(**{**request, **more})


def text():
    reply = create(messages=hello)
    assert reply.choices[0].message.content
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def streams():
    expected = create().choices[0].message.content
    assert "".join(chunk.choices[0].delta.content or "" for chunk in create(stream=True)) == expected
    whole = {**request, "messages": hello}
    with client.chat.completions.stream(**whole) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.content == create(messages=hello).choices[0].message.content


def usage_in_streams():
    *_, last = create(stream=True, stream_options={"include_usage": True})
    assert last.choices == [] and last.usage == create().usage


def images():
    one, two, without = create(), create(messages=ask(*map(picture, PICTURES))), create(messages=ask())
    tokens = one.usage.prompt_tokens - without.usage.prompt_tokens
    assert tokens > 0 and two.usage.prompt_tokens - one.usage.prompt_tokens == tokens


def uploaded_images():
    with open(PICTURES[0], "rb") as file:
        uploaded = client.files.create(file=file, purpose="vision")
    reply = create(messages=ask({"type": "image_url", "image_url": {"url": uploaded.id}}))
    assert reply.choices[0].message.content == create().choices[0].message.content
    client.files.delete(uploaded.id)


def tools():
    first = create(messages=hello, tools=[tool], tool_choice="required", max_tokens=300).choices[0]
    assert first.finish_reason == "tool_calls" and first.message.content is None
    results = []
    for call in first.message.tool_calls:
        check_animals(json.loads(call.function.arguments))
        results.append({"role": "tool", "tool_call_id": call.id, "content": "3"})
    answer = create(messages=[*hello, first.message, *results], tools=[tool])
    assert answer.choices[0].message.content is not None
    named = create(messages=hello, tools=[tool], tool_choice={"type": "function", "function": {"name": "count"}}, max_tokens=300)
    assert len(named.choices[0].message.tool_calls) == 1


def tools_in_streams():
    with client.chat.completions.stream(
        model=MODEL, messages=hello, tools=[openai.pydantic_function_tool(Animals)], tool_choice="required", temperature=0, max_tokens=300
    ) as stream:
        final = stream.get_final_completion()
    check_animals(final.choices[0].message.tool_calls[0].function.parsed_arguments)


def structured_output():
    wanted = {**request, "max_tokens": 100, "response_format": Animals}
    parsed = client.chat.completions.parse(**wanted)
    check_animals(parsed.choices[0].message.parsed)
    with client.chat.completions.stream(**wanted) as stream:
        check_animals(stream.get_final_completion().choices[0].message.parsed)


def logprobs():
    reply = create(logprobs=True, top_logprobs=3)
    content = reply.choices[0].logprobs.content
    assert len(content) == reply.usage.completion_tokens
    assert all(len(token.top_logprobs) == 3 for token in content)


def n():
    assert [choice.index for choice in create(n=3, temperature=1.5, seed=7).choices] == [0, 1, 2]


def stop():
    whole = create().choices[0].message.content
    word = whole.split(" ")[2]
    cut = create(stop=[word]).choices[0]
    assert cut.message.content == whole[: whole.index(word)] and cut.finish_reason == "stop"


def extra_body():
    long = create(messages=hello, max_tokens=40, extra_body={"ignore_eos": True, "min_p": 0.1, "top_k": 20, "repetition_penalty": 1.1})
    assert long.usage.completion_tokens == 40
    prefix = "There is"
    more = create(
        messages=[*hello, {"role": "assistant", "content": prefix}],
        extra_body={"continue_final_message": True, "add_generation_prompt": False, "chat_template_kwargs": {"enable_thinking": False}},
    )
    assert more.usage.prompt_tokens > 0
    chosen = create(messages=hello, extra_body={"guided_choice": ["a red dog", "a blue cat"]}).choices[0].message.content
    assert chosen in ("a red dog", "a blue cat")
    pattern = create(messages=hello, extra_body={"structured_outputs": {"regex": "[0-9]{3}-[0-9]{4}"}}).choices[0].message.content
    assert len(pattern) == 8 and pattern[3] == "-"
    check_animals(json.loads(create(messages=hello, max_tokens=100, extra_body={"guided_json": ANIMALS}).choices[0].message.content))


async def asynchronous():
    async with AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0) as asynchronous_client:
        replies = await asyncio.gather(*(asynchronous_client.chat.completions.create(**request) for _ in range(8)))
        assert len({reply.choices[0].message.content for reply in replies}) == 1
        stream = await asynchronous_client.chat.completions.create(**request, stream=True)
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == replies[0].choices[0].message.content


def abort():
    stream = create(stream=True, max_tokens=2000, extra_body={"ignore_eos": True})
    next(iter(stream))
    stream.close()
    idle()


def errors():
    wrong = failure(lambda: create(temperature=3), openai.BadRequestError)
    assert wrong.param == "temperature"
    long = failure(lambda: create(messages=[{"role": "user", "content": TOO_LONG}]), openai.BadRequestError)
    assert long.code == "context_length_exceeded"
    failure(lambda: create(model="gpt-9"), openai.NotFoundError)
    failure(lambda: client.with_options(api_key="not-a-known-key").models.list(), openai.AuthenticationError)
    spend_key()
    failure(lambda: [limited.with_options(max_retries=0).chat.completions.create(**{**request, "max_tokens": 1}) for _ in range(200)], openai.RateLimitError)


def retries_after_429():
    spend_key()
    assert limited.chat.completions.create(**request).choices[0].message.content


features(
    "chat",
    text,
    streams,
    usage_in_streams,
    images,
    uploaded_images,
    tools,
    tools_in_streams,
    structured_output,
    logprobs,
    n,
    stop,
    extra_body,
    asynchronous,
    abort,
    errors,
    retries_after_429,
)


def completion_text():
    prompt = {"model": MODEL, "prompt": "The dog", "max_tokens": 8, "temperature": 0}
    reply = client.completions.create(**prompt)
    assert "".join(chunk.choices[0].text for chunk in client.completions.create(**prompt, stream=True)) == reply.choices[0].text


def several_prompts_n_echo_and_logprobs():
    several = client.completions.create(model=MODEL, prompt=["The dog", "A cat"], n=2, max_tokens=4, echo=True)
    assert len(several.choices) == 4 and several.choices[2].text.startswith("A cat")
    found = client.completions.create(model=MODEL, prompt=[65, 66], max_tokens=4, logprobs=2).choices[0].logprobs
    assert len(found.tokens) == len(found.token_logprobs) == len(found.text_offset)


completion_text.__name__ = "text_and_streams"
features("completions", completion_text, several_prompts_n_echo_and_logprobs)

content = [{"type": "input_image", "image_url": data_url(PICTURES[0]), "detail": "auto"}, {"type": "input_text", "text": QUESTION}]
response_request = {"model": MODEL, "input": [{"role": "user", "content": content}], "temperature": 0, "max_output_tokens": 20}
response_tool = {"type": "function", "name": "count", "description": "Counts animals", "parameters": ANIMALS, "strict": True}


def respond(**more):
    return client.responses.create(**{**response_request, **more})


def response_text():
    assert respond(input=HELLO).output_text


def response_streams():
    expected = respond()
    deltas = [event.delta for event in respond(stream=True) if event.type == "response.output_text.delta"]
    assert "".join(deltas) == expected.output_text
    whole = respond(input=HELLO)
    with client.responses.stream(**{**response_request, "input": HELLO}) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    assert final.output_text == whole.output_text and final.usage == whole.usage


def response_images():
    assert respond().output_text == create().choices[0].message.content


def response_tools():
    first = respond(input=HELLO, tools=[response_tool], tool_choice="required", max_output_tokens=100)
    outputs = []
    for call in first.output:
        check_animals(json.loads(call.arguments))
        outputs.append({"type": "function_call_output", "call_id": call.call_id, "output": "3"})
    items = [{"role": "user", "content": HELLO}, *first.output, *outputs]
    assert respond(input=items, tools=[response_tool]).output[0].type == "message"
    assert respond(previous_response_id=first.id, input=outputs, tools=[response_tool]).output[0].type == "message"


def response_structured_output():
    check_animals(client.responses.parse(model=MODEL, input=HELLO, temperature=0, text_format=Animals).output_parsed)


def response_logprobs():
    reply = respond(include=["message.output_text.logprobs"], top_logprobs=2)
    assert all(len(token.top_logprobs) == 2 for token in reply.output[0].content[0].logprobs)


def kept_responses():
    made = respond(input=HELLO)
    assert client.responses.retrieve(made.id).output_text == made.output_text
    client.responses.delete(made.id)
    failure(lambda: client.responses.retrieve(made.id), openai.NotFoundError)


def response_errors():
    long = failure(lambda: respond(input=TOO_LONG), openai.BadRequestError)
    assert long.code == "context_length_exceeded"


response_features = (response_text, response_streams, response_images, response_tools, response_structured_output, response_logprobs, response_errors)
for function in response_features:
    function.__name__ = function.__name__.removeprefix("response_")
features("responses", *response_features, kept_responses)


def embeddings():
    texts = ["a dog", "a red cup"]
    coded = client.embeddings.create(model=EMBEDDINGS, input=texts)
    plain = client.embeddings.create(model=EMBEDDINGS, input=texts, encoding_format="float")
    for one, other in zip(coded.data, plain.data):
        assert max(abs(a - b) for a, b in zip(one.embedding, other.embedding)) < 1e-6
    ids = client.embeddings.create(model=EMBEDDINGS, input=[[300, 301]])
    assert len(ids.data[0].embedding) == len(plain.data[0].embedding)


def files():
    with open(PICTURES[0], "rb") as file:
        data = file.read()
    uploaded = client.files.create(file=("picture.png", data), purpose="vision")
    assert client.files.retrieve(uploaded.id).bytes == len(data)
    assert uploaded.id in [file.id for file in client.files.list()]
    assert client.files.content(uploaded.id).read() == data
    client.files.delete(uploaded.id)
    failure(lambda: client.files.retrieve(uploaded.id), openai.NotFoundError)


def models():
    assert [model.id for model in client.models.list()] == [MODEL, EMBEDDINGS]
    assert client.models.retrieve(MODEL).id == MODEL


features("other", embeddings, files, models)
