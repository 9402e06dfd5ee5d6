// The AI SDK's prompts to messages for an engine.
import { UnsupportedFunctionalityError, } from '@ai-sdk/provider';
import { isDataUrl } from '../media/data-url.js';
/** Messages of a prompt. Throws the AI SDK's UnsupportedFunctionalityError for content that no model here takes. */
export function messagesOf(prompt) {
    return prompt.flatMap((message) => {
        if (message.role === 'system')
            return [{ role: 'system', content: message.content }];
        if (message.role === 'user')
            return [
                {
                    role: 'user',
                    content: message.content.map((part) => (part.type === 'text' ? { type: 'text', text: part.text } : imageOf(part))),
                },
            ];
        if (message.role === 'tool')
            return message.content.flatMap((part) => part.type === 'tool-result'
                ? [{ role: 'tool', tool_call_id: part.toolCallId, name: part.toolName, content: resultText(part.output) }]
                : []);
        let text = '';
        let thought = '';
        const calls = [];
        for (const part of message.content) {
            if (part.type === 'text')
                text += part.text;
            else if (part.type === 'reasoning')
                thought += part.text; // the template decides whether it is shown again
            else if (part.type === 'tool-call')
                calls.push({ id: part.toolCallId, type: 'function', function: { name: part.toolName, arguments: JSON.stringify(part.input) } });
            else
                throw unsupported(`${part.type} in an assistant message`);
        }
        return [
            {
                role: 'assistant',
                content: text === '' && calls.length > 0 ? null : text,
                ...(thought === '' ? {} : { reasoning_content: thought }),
                ...(calls.length > 0 ? { tool_calls: calls } : {}),
            },
        ];
    });
}
function imageOf(part) {
    if (!part.mediaType.startsWith('image/'))
        throw unsupported(`files of type ${part.mediaType}`);
    const { data } = part;
    if (data instanceof URL) {
        // The SDK downloads http(s) URLs before it asks; only data: URLs come through.
        if (data.protocol !== 'data:')
            throw unsupported(`images by ${data.protocol} URL`);
        return { type: 'image', source: data.href };
    }
    if (typeof data !== 'string')
        return { type: 'image', source: data };
    return { type: 'image', source: isDataUrl(data) ? data : `data:${part.mediaType};base64,${data}` };
}
function resultText(output) {
    if (output.type === 'text' || output.type === 'error-text')
        return output.value;
    if (output.type === 'execution-denied')
        return output.reason ?? 'The call was not allowed';
    if (output.type !== 'content')
        return JSON.stringify(output.value);
    return output.value
        .map((part) => {
        if (part.type !== 'text')
            throw unsupported(`${part.type} in the result of a tool`);
        return part.text;
    })
        .join('\n');
}
function unsupported(functionality) {
    return new UnsupportedFunctionalityError({ functionality });
}
/** An engine's request, and warnings about what the engine will not do. */
export function requestOf(options, abilities) {
    const warnings = [];
    const warn = (feature, details) => void warnings.push({ type: 'unsupported', feature, details });
    let schema;
    if (options.responseFormat?.type === 'json') {
        if (abilities.schema)
            schema = options.responseFormat.schema ?? { type: 'object' };
        else
            warn('responseFormat', 'this engine cannot constrain replies to JSON');
    }
    const chosen = options.toolChoice;
    const choice = chosen?.type ?? 'auto';
    const tools = [];
    for (const tool of choice === 'none' ? [] : (options.tools ?? [])) {
        if (tool.type !== 'function')
            warn(`tool ${tool.name}`, 'only functions can be called');
        else
            tools.push({
                type: 'function',
                function: { name: tool.name, description: tool.description, parameters: tool.inputSchema },
            });
    }
    if (tools.length > 0 && !abilities.tools) {
        warn('tools', 'the chat template of this model does not render tools');
        tools.length = 0;
    }
    let toolChoice;
    if (tools.length > 0 && choice !== 'auto') {
        if (abilities.schema)
            toolChoice = chosen?.type === 'tool' ? { name: chosen.toolName } : 'required';
        else
            warn('toolChoice', 'this engine cannot constrain replies, so calls of tools cannot be forced');
    }
    return {
        warnings,
        request: {
            messages: messagesOf(options.prompt),
            maxTokens: options.maxOutputTokens,
            temperature: options.temperature,
            topP: options.topP,
            topK: options.topK,
            seed: options.seed,
            presencePenalty: options.presencePenalty,
            frequencyPenalty: options.frequencyPenalty,
            stop: options.stopSequences,
            tools: tools.length > 0 ? tools : undefined,
            toolChoice,
            schema,
            signal: options.abortSignal,
        },
    };
}
//# sourceMappingURL=ai-prompt.js.map