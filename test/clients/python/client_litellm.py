# litellm: completion, text_completion, responses and embedding of its `openai` provider, and its classes of errors.

import json

import litellm

from features import *

litellm.suppress_debug_info = True
common = {"model": f"openai/{MODEL}", "api_base": URL, "api_key": KEY, "temperature": 0, "max_tokens": 20, "num_retries": 0}
hello = [{"role": "user", "content": HELLO}]
tool = {"type": "function", "function": {"name": "count", "description": "Counts animals", "parameters": ANIMALS}}


def ask(*urls):
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"role": "user", "content": [*parts, {"type": "text", "text": QUESTION}]}]


def create(messages=hello, **more):
    return litellm.completion(messages=messages, **{**common, **more})


def text():
    reply = create()
    assert reply.choices[0].message.content and reply.usage.total_tokens > 0


def streams():
    pieces = [chunk.choices[0].delta.content or "" for chunk in create(stream=True)]
    assert "".join(pieces) == create().choices[0].message.content


def usage_in_streams():
    chunks = list(create(stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].usage.total_tokens == create().usage.total_tokens


async def asynchronous():
    reply = await litellm.acompletion(messages=hello, **common)
    assert reply.choices[0].message.content


def images():
    one, two = create(ask(data_url(PICTURES[0]))), create(ask(*map(data_url, PICTURES)))
    assert two.usage.prompt_tokens > one.usage.prompt_tokens


def tools():
    first = create(tools=[tool], tool_choice="required", max_tokens=300).choices[0].message
    results = []
    for call in first.tool_calls:
        check_animals(json.loads(call.function.arguments))
        results.append({"role": "tool", "tool_call_id": call.id, "name": "count", "content": "3"})
    assert create([*hello, first, *results], tools=[tool]).choices[0].message is not None


def tools_in_streams():
    chunks = list(create(tools=[tool], tool_choice="required", max_tokens=300, stream=True))
    whole = litellm.stream_chunk_builder(chunks, messages=hello)
    check_animals(json.loads(whole.choices[0].message.tool_calls[0].function.arguments))


def structured_output():
    schema = {"type": "json_schema", "json_schema": {"name": "animals", "schema": ANIMALS, "strict": True}}
    check_animals(json.loads(create(response_format=schema, max_tokens=300).choices[0].message.content))


def logprobs():
    assert create(logprobs=True, top_logprobs=2).choices[0].logprobs.content


def n():
    assert len(create(n=3, temperature=1.5).choices) == 3


def stop():
    whole = create(ask(data_url(PICTURES[0]))).choices[0].message.content
    word = whole.split(" ")[2]
    assert create(ask(data_url(PICTURES[0])), stop=[word]).choices[0].message.content == whole[: whole.index(word)]


def abort():
    stream = create(stream=True, max_tokens=2000, extra_body={"ignore_eos": True})
    next(iter(stream))
    stream.completion_stream.close()
    idle()


def errors():
    failure(lambda: create([{"role": "user", "content": TOO_LONG}]), litellm.ContextWindowExceededError)
    failure(lambda: create(temperature=3), litellm.BadRequestError)
    failure(lambda: create(model="openai/gpt-9"), litellm.NotFoundError)
    failure(lambda: create(api_key="not-a-known-key"), litellm.AuthenticationError)
    spend_key()
    failure(lambda: [create(api_key=LIMITED_KEY, max_tokens=1) for _ in range(200)], litellm.RateLimitError)


def fallbacks_by_context():
    router = litellm.Router(
        model_list=[
            {"model_name": name, "litellm_params": {"model": f"openai/{MODEL}", "api_base": URL, "api_key": KEY, "max_tokens": tokens}}
            for name, tokens in (("short", 4), ("long", 8))
        ],
        context_window_fallbacks=[{"short": ["long"]}],
        num_retries=0,
    )
    error = failure(lambda: router.completion(model="short", messages=[{"role": "user", "content": TOO_LONG}]), litellm.ContextWindowExceededError)
    assert "long" in str(error)  # both were tried
    assert router.completion(model="short", messages=hello).choices[0].message.content


def retries_after_429():
    spend_key()
    assert create(api_key=LIMITED_KEY, num_retries=4).choices[0].message.content


features(
    "chat",
    text,
    streams,
    usage_in_streams,
    asynchronous,
    images,
    tools,
    tools_in_streams,
    structured_output,
    logprobs,
    n,
    stop,
    abort,
    errors,
    fallbacks_by_context,
    retries_after_429,
)


def text_and_streams():
    options = {"model": f"text-completion-openai/{MODEL}", "api_base": URL, "api_key": KEY, "prompt": "The dog", "max_tokens": 8, "temperature": 0}
    whole = litellm.text_completion(**options).choices[0].text
    assert "".join(chunk.choices[0].text or "" for chunk in litellm.text_completion(**options, stream=True)) == whole


features("completions", text_and_streams)


def responses():
    options = {"model": f"openai/{MODEL}", "api_base": URL, "api_key": KEY, "input": HELLO, "temperature": 0, "max_output_tokens": 20}
    whole = litellm.responses(**options)
    deltas = [event.delta for event in litellm.responses(**options, stream=True) if event.type == "response.output_text.delta"]
    assert "".join(deltas) == whole.output[0].content[0].text


responses.__name__ = "text_and_streams"
features("responses", responses)


def texts():
    reply = litellm.embedding(model=f"openai/{EMBEDDINGS}", api_base=URL, api_key=KEY, input=["a dog", "a red cup"])
    assert len(reply.data) == 2


features("embeddings", texts)
