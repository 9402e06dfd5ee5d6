# LlamaIndex: OpenAILike as a chat and as a completion model, OpenAIResponses, and OpenAILikeEmbedding.

from typing import Literal

from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike
from openai import BadRequestError
from pydantic import BaseModel, Field

from features import *


class Animals(BaseModel):
    """Animals in a picture."""

    animal: Literal["dog", "cat"]
    count: int = Field(ge=1, le=9)


seen = []


def count(animal: Literal["dog", "cat"]) -> str:
    """Counts animals."""
    seen.append(animal)
    return "yes"


def model(**more):
    options = {
        "model": MODEL,
        "api_base": URL,
        "api_key": KEY,
        "is_chat_model": True,
        "is_function_calling_model": True,
        "context_window": 4096,
        "temperature": 0,
        "max_tokens": 60,
        "max_retries": 0,
    }
    return OpenAILike(**{**options, **more})


hello = [ChatMessage(role="user", content=HELLO)]
tool = FunctionTool.from_defaults(count)


def text():
    assert model().chat([ChatMessage(role="system", content="Be brief."), *hello]).message.content
    assert model().complete(HELLO).text


def streams():
    *_, last = model().stream_chat(hello)
    assert last.message.content == model().chat(hello).message.content


async def asynchronous():
    assert (await model().achat(hello)).message.content


def images():
    blocks = [ImageBlock(path=PICTURES[0], image_mimetype="image/png"), TextBlock(text=QUESTION)]
    assert model().chat([ChatMessage(role="user", blocks=blocks)]).message.content


def tools():
    del seen[:]
    llm = model(max_tokens=300)
    reply = llm.chat_with_tools([tool], user_msg=HELLO, tool_required=True)
    assert llm.get_tool_calls_from_response(reply)
    llm.predict_and_call([tool], HELLO, tool_required=True)
    assert seen and seen[0] in ("dog", "cat")


def tools_in_streams():
    llm = model(max_tokens=300)
    *_, last = llm.stream_chat_with_tools([tool], user_msg=HELLO, tool_required=True)
    assert llm.get_tool_calls_from_response(last)


def structured_output():
    check_animals(model(max_tokens=300).structured_predict(Animals, PromptTemplate("Is there a {animal}?"), animal="dog"))


def errors():
    long = failure(lambda: model().chat([ChatMessage(role="user", content=TOO_LONG)]), BadRequestError)
    assert long.code == "context_length_exceeded"


def retries_after_429():
    spend_key()
    assert model(api_key=LIMITED_KEY, max_retries=4).chat(hello).message.content


features("chat", text, streams, asynchronous, images, tools, tools_in_streams, structured_output, errors, retries_after_429)


def text_and_streams():
    llm = model(is_chat_model=False, is_function_calling_model=False)
    *_, last = llm.stream_complete("The dog")
    assert last.text == llm.complete("The dog").text


features("completions", text_and_streams)


def texts():
    embedder = OpenAILikeEmbedding(model_name=EMBEDDINGS, api_base=URL, api_key=KEY)
    vectors = embedder.get_text_embedding_batch(["a dog", "a red cup"])
    assert len(vectors) == 2 and len(embedder.get_query_embedding("a dog")) == len(vectors[0])


features("embeddings", texts)
