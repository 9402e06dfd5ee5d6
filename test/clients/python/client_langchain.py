# LangChain: ChatOpenAI over both APIs, agents, OpenAI (completions) and OpenAIEmbeddings, which sends ids of tokens.

import importlib.util
import os
from typing import Literal

# OpenAI's vocabularies are downloaded when they are first used; litellm has one of them in its package.
litellm = importlib.util.find_spec("litellm").submodule_search_locations[0]
os.environ["TIKTOKEN_CACHE_DIR"] = os.path.join(litellm, "litellm_core_utils", "tokenizers")

import tiktoken
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from openai import AuthenticationError, BadRequestError, NotFoundError
from pydantic import BaseModel, Field

from features import *


class Animals(BaseModel):
    """Animals in a picture."""

    animal: Literal["dog", "cat"]
    count: int = Field(ge=1, le=9)


seen = []


@tool
def count(animal: Literal["dog", "cat"], count: Literal[1, 2, 3]) -> str:
    """Counts animals."""
    seen.append({"animal": animal, "count": count})
    return "yes"


def with_pictures(*urls):
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [HumanMessage([*parts, {"type": "text", "text": QUESTION}])]


def chat_features(responses):
    def chat(**more):
        options = {"model": MODEL, "api_key": KEY, "base_url": URL, "temperature": 0, "max_retries": 0, "max_tokens": 20}
        return ChatOpenAI(**{**options, "use_responses_api": responses, **more})

    def text():
        reply = chat().invoke([SystemMessage("Be brief."), HumanMessage(HELLO)])
        assert reply.text and reply.usage_metadata["total_tokens"] > 0

    def streams():
        assert "".join(chunk.text for chunk in chat().stream(HELLO)) == chat().invoke(HELLO).text

    def usage_in_streams():
        whole = None
        for chunk in chat(stream_usage=True).stream(HELLO):
            whole = chunk if whole is None else whole + chunk
        assert whole.usage_metadata["total_tokens"] == chat().invoke(HELLO).usage_metadata["total_tokens"]

    async def asynchronous():
        replies = await chat().abatch([HELLO] * 4)
        assert len({reply.text for reply in replies}) == 1

    def images():
        one = chat().invoke(with_pictures(data_url(PICTURES[0])))
        two = chat().invoke(with_pictures(*map(data_url, PICTURES)))
        assert two.usage_metadata["input_tokens"] > one.usage_metadata["input_tokens"]

    def tools():
        del seen[:]
        asked = chat(max_tokens=300).bind_tools([count], tool_choice="any").invoke(HELLO)
        assert asked.tool_calls
        results = [count.invoke(call) for call in asked.tool_calls]
        assert len(seen) == len(results)
        answer = chat().bind_tools([count]).invoke([HumanMessage(HELLO), asked, *results])
        assert isinstance(answer.text, str)

    def tools_in_streams():
        whole = None
        for chunk in chat(max_tokens=300).bind_tools([count], tool_choice="count").stream(HELLO):
            whole = chunk if whole is None else whole + chunk
        assert whole.tool_calls[0]["args"]["animal"] in ("dog", "cat")

    def agents():
        agent = create_agent(chat(max_tokens=60), [count], system_prompt="Be brief.")
        result = agent.invoke({"messages": [{"role": "user", "content": HELLO}]})
        assert isinstance(result["messages"][-1].text, str)

    def structured_output():
        for method in ("json_schema", "function_calling"):
            check_animals(chat(max_tokens=300).with_structured_output(Animals, method=method).invoke(HELLO))

    def logprobs():
        assert chat(logprobs=True, top_logprobs=2).invoke(HELLO).response_metadata["logprobs"]

    def abort():
        for _ in chat(max_tokens=2000, extra_body={"ignore_eos": True}).stream(HELLO):
            break
        idle()

    def errors():
        long = failure(lambda: chat().invoke(TOO_LONG), BadRequestError)
        assert long.code == "context_length_exceeded"
        failure(lambda: chat(model="gpt-9").invoke(HELLO), NotFoundError)
        failure(lambda: chat(api_key="not-a-known-key").invoke(HELLO), AuthenticationError)

    def retries_after_429():
        spend_key()
        assert chat(api_key=LIMITED_KEY, max_retries=4).invoke(HELLO).text

    common = (text, streams, usage_in_streams, asynchronous, images, tools, tools_in_streams, agents, structured_output)
    # Those of responses it leaves out of its messages.
    return (*common, *(() if responses else (logprobs,)), abort, errors, retries_after_429)


def stop():
    chat = ChatOpenAI(model=MODEL, api_key=KEY, base_url=URL, temperature=0, max_tokens=20)
    whole = chat.invoke(with_pictures(data_url(PICTURES[0]))).text
    word = whole.split(" ")[2]
    assert chat.invoke(with_pictures(data_url(PICTURES[0])), stop=[word]).text == whole[: whole.index(word)]


def n():
    chat = ChatOpenAI(model=MODEL, api_key=KEY, base_url=URL, temperature=1.5, max_tokens=8, n=3)
    assert len(chat.generate([[HumanMessage(HELLO)]]).generations[0]) == 3


def json_mode():
    chat = ChatOpenAI(model=MODEL, api_key=KEY, base_url=URL, temperature=0, max_tokens=400)
    reply = chat.bind(response_format={"type": "json_object"}).invoke(HELLO)
    if reply.response_metadata["finish_reason"] == "stop":
        assert isinstance(json.loads(reply.text), dict)


features("chat", *chat_features(False), stop, n, json_mode)
features("responses", *chat_features(True))


def text_and_streams():
    model = OpenAI(model=MODEL, api_key=KEY, base_url=URL, temperature=0, max_tokens=8)
    assert "".join(model.stream("The dog")) == model.invoke("The dog")


features("completions", text_and_streams)


def texts():
    model = OpenAIEmbeddings(model=EMBEDDINGS, api_key=KEY, base_url=URL, check_embedding_ctx_length=False)
    both = model.embed_documents(["a dog", "a red cup"])
    assert len(both) == 2 and len(model.embed_query("a dog")) == len(both[0])


def ids_of_tokens():
    # Its ids are those of OpenAI's vocabulary, whatever the model: this text has small ones, which the model has too.
    sent = "The in the"
    ids = tiktoken.get_encoding("cl100k_base").encode(sent)
    assert max(ids) < 1000, ids
    vector = OpenAIEmbeddings(model=EMBEDDINGS, api_key=KEY, base_url=URL).embed_query(sent)
    import openai

    direct = openai.OpenAI(base_url=URL, api_key=KEY).embeddings.create(model=EMBEDDINGS, input=[ids]).data[0].embedding
    assert max(abs(a - b) for a, b in zip(vector, direct)) < 1e-6


features("embeddings", texts, ids_of_tokens)
