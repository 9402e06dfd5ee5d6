# Pydantic AI: agents over chat completions and responses, with tools, structured output, pictures and streams.

from typing import Literal

from openai import AsyncOpenAI
from pydantic import BaseModel, Field
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from features import *


class Animals(BaseModel):
    """Animals in a picture."""

    animal: Literal["dog", "cat"]
    count: int = Field(ge=1, le=9)


def agent_features(model_class):
    def agent(key=KEY, retries=0, **more):
        client = AsyncOpenAI(base_url=URL, api_key=key, max_retries=retries)
        model = model_class(MODEL, provider=OpenAIProvider(openai_client=client))
        return Agent(model, **{"instructions": "Be brief.", "model_settings": {"temperature": 0, "max_tokens": 100}, **more})

    async def text():
        result = await agent().run(HELLO)
        assert result.output

    async def streams():
        async with agent().run_stream(HELLO) as result:
            pieces = [piece async for piece in result.stream_text(delta=True)]
        assert "".join(pieces) == (await agent().run(HELLO)).output

    async def conversations():
        helper = agent()
        first = await helper.run(HELLO)
        assert (await helper.run("And now?", message_history=first.all_messages())).output

    async def images():
        with open(PICTURES[0], "rb") as file:
            picture = BinaryContent(data=file.read(), media_type="image/png")
        assert (await agent().run([QUESTION, picture])).output

    async def tools():
        seen = []
        helper = agent(output_type=Animals)

        @helper.tool_plain(prepare=lambda ctx, definition: definition if not seen else None)
        def count(animal: Literal["dog", "cat"]) -> str:
            """Counts animals."""
            seen.append(animal)
            return "yes"

        check_animals((await helper.run(HELLO)).output)

    async def structured_output():
        check_animals((await agent(output_type=Animals).run(HELLO)).output)
        check_animals((await agent(output_type=NativeOutput(Animals)).run(HELLO)).output)

    async def structured_output_in_streams():
        async with agent(output_type=Animals).run_stream(HELLO) as result:
            check_animals(await result.get_output())

    async def errors():
        try:
            await agent().run(TOO_LONG)
        except ModelHTTPError as error:
            assert error.status_code == 400 and error.body["code"] == "context_length_exceeded"
        else:
            raise AssertionError("no error came")

    async def retries_after_429():
        spend_key()
        assert (await agent(key=LIMITED_KEY, retries=4).run(HELLO)).output

    return (text, streams, conversations, images, tools, structured_output, structured_output_in_streams, errors, retries_after_429)


features("chat", *agent_features(OpenAIChatModel))
features("responses", *agent_features(OpenAIResponsesModel))
