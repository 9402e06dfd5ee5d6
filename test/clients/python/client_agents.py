# openai-agents: agents with tools, hand-offs, structured output and streams, over responses and chat completions.

from typing import Literal

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI, BadRequestError
from openai.types.responses import ResponseTextDeltaEvent
from pydantic import BaseModel, Field

from features import *

set_tracing_disabled(True)


class Animals(BaseModel):
    animal: Literal["dog", "cat"]
    count: int = Field(ge=1, le=9)


def agent_features(model_class):
    def agent(key=KEY, retries=0, settings=None, **more):
        model = model_class(model=MODEL, openai_client=AsyncOpenAI(base_url=URL, api_key=key, max_retries=retries))
        settings = ModelSettings(**{"temperature": 0, "max_tokens": 200, **(settings or {})})
        return Agent(**{"name": "Helper", "instructions": "Be brief.", "model": model, "model_settings": settings, **more})

    required = {"tool_choice": "required", "parallel_tool_calls": False}

    async def text():
        result = await Runner.run(agent(), HELLO)
        assert result.final_output

    async def streams():
        result = Runner.run_streamed(agent(), HELLO)
        pieces = []
        async for event in result.stream_events():
            if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent):
                pieces.append(event.data.delta)
        assert "".join(pieces) == result.final_output == (await Runner.run(agent(), HELLO)).final_output

    async def usage_in_streams():
        result = Runner.run_streamed(agent(settings={"include_usage": True}), HELLO)
        async for _ in result.stream_events():
            pass
        expected = (await Runner.run(agent(), HELLO)).context_wrapper.usage
        assert result.context_wrapper.usage.total_tokens == expected.total_tokens > 0

    async def images():
        content = [{"type": "input_image", "image_url": data_url(PICTURES[0]), "detail": "auto"}, {"type": "input_text", "text": QUESTION}]
        assert (await Runner.run(agent(), [{"role": "user", "content": content}])).final_output

    async def tools():
        seen = []

        @function_tool
        def count(animal: Literal["dog", "cat"]) -> str:
            """Counts animals."""
            seen.append(animal)
            return "yes"

        result = await Runner.run(agent(tools=[count], settings=required), HELLO)
        assert len(seen) == 1 and seen[0] in ("dog", "cat") and isinstance(result.final_output, str)
        streamed = Runner.run_streamed(agent(tools=[count], settings=required), HELLO)
        async for _ in streamed.stream_events():
            pass
        assert len(seen) == 2

    async def hand_offs():
        other = agent(name="Other", handoff_description="Answers all questions")
        result = await Runner.run(agent(handoffs=[other], settings=required), HELLO)
        assert result.last_agent.name == "Other"

    async def structured_output():
        check_animals((await Runner.run(agent(output_type=Animals), HELLO)).final_output)

    async def tools_and_structured_output():
        seen = []

        @function_tool
        def count(animal: Literal["dog", "cat"]) -> str:
            """Counts animals."""
            seen.append(animal)
            return "yes"

        result = await Runner.run(agent(tools=[count], output_type=Animals, settings=required), HELLO)
        assert seen  # after that the model may call again, or reply in the form
        check_animals(result.final_output)

    async def conversations():
        first = await Runner.run(agent(), HELLO)
        assert (await Runner.run(agent(), [*first.to_input_list(), {"role": "user", "content": "And now?"}])).final_output

    async def errors():
        try:
            await Runner.run(agent(), TOO_LONG)
        except BadRequestError as error:
            assert error.code == "context_length_exceeded"
        else:
            raise AssertionError("no error came")

    async def retries_after_429():
        spend_key()
        assert (await Runner.run(agent(key=LIMITED_KEY, retries=4), HELLO)).final_output

    common = (text, streams, usage_in_streams, images, tools, hand_offs, structured_output, tools_and_structured_output)
    return (*common, conversations, errors, retries_after_429)


features("responses", *agent_features(OpenAIResponsesModel))
features("chat", *agent_features(OpenAIChatCompletionsModel))
