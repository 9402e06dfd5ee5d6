// Prompts of templates that rewrite history, ask what is none, or want tools; and the spans of their replies.

import { describe, expect, it } from 'vitest';
import { ChatTemplate, type ChatTemplateOptions, templateTokens } from './chat.js';
import type { ChatMessage } from './messages.js';

const specialTokens = ['<|im_start|>', '<|im_end|>', '<image>', '<think>', '</think>', '<tool_call>', '</tool_call>'];
const make = (source: string, options: Partial<ChatTemplateOptions> = {}): ChatTemplate =>
  new ChatTemplate(source, { specialTokens, eosToken: '<|im_end|>', ...options });
const user = (content: ChatMessage['content']): ChatMessage => ({ role: 'user', content });
const assistant = (content: ChatMessage['content'], rest: object = {}): ChatMessage => ({ role: 'assistant', content, ...rest });
const call = { function: { name: 'f', arguments: { a: 1 } } };

/** Thoughts of old turns go, as in Qwen3. */
const thinking = make(
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{% set c = m.content %}{% if m.role == 'assistant' and not loop.last %}" +
    "{% set c = c.split('</think>')[-1].lstrip('\\n') %}{% endif %}{{ c }}" +
    '{% for t in m.tool_calls or [] %}<tool_call>{"name": "{{ t.function.name }}", "arguments": {{ t.function.arguments | tojson }}}</tool_call>{% endfor %}' +
    '<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}',
);
const replies = (template: ChatTemplate, messages: ChatMessage[]): string[] => {
  const { text, spans } = template.render(messages);
  return spans.map(([start, end]) => text.slice(start, end));
};

describe('a template that cuts thoughts', () => {
  const history = [user('a'), assistant('<think>\nb\n</think>\n\n    code'), user('c')];

  it('renders the second turn', () => {
    const text = '<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n    code<|im_end|>\n<|im_start|>user\nc<|im_end|>\n';
    expect(thinking.render(history).text).toBe(text);
    expect(thinking.render(history, { addGenerationPrompt: true }).text).toBe(`${text}<|im_start|>assistant\n`);
  });

  it('gives the loss what is left of each reply', () => {
    expect(replies(thinking, history)).toEqual(['    code<|im_end|>']);
    expect(replies(thinking, [user('a'), assistant('<think>\nb\n</think>\n\nc')])).toEqual(['<think>\nb\n</think>\n\nc<|im_end|>']);
    expect(replies(thinking, [user('a'), assistant('<think>b</think>'), user('c'), assistant('d')])).toEqual(['d<|im_end|>']);
  });

  it('sees the marks of thoughts in content, which stay text', () => {
    const { pieces } = thinking.render(history.slice(0, 2));
    expect(pieces.filter((piece) => piece.special).map((piece) => piece.text)).toEqual(
      specialTokens.slice(0, 2).concat(specialTokens.slice(0, 2)),
    );
  });

  it('puts calls and their thoughts into the loss, up to the end of the turn', () => {
    const expected = '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call><|im_end|>';
    const tool: ChatMessage = { role: 'tool', content: '3' };
    expect(replies(thinking, [user('a'), assistant('', { tool_calls: [call] }), tool])).toEqual([expected]);
  });
});

describe('spans of replies with calls', () => {
  const tool: ChatMessage = { role: 'tool', content: '3' };
  const history = [user('a'), assistant('', { tool_calls: [call], thinking: 'why' }), tool, assistant('b'), user('c'), assistant('d')];

  it('begin with the marks of calls, although a longer conversation moves the tools', () => {
    const template = make(
      "{% for m in messages %}{% if m.role == 'user' %}{% if tools and (messages | selectattr('role', 'equalto', 'user') | list)[-1] is sameas m %}" +
        '[TOOLS]{{ tools | length }}{% endif %}[INST]{{ m.content }}[/INST]{% elif m.tool_calls %}[CALLS][{"name": "{{ m.tool_calls[0].function.name }}"}]</s>' +
        "{% elif m.role == 'tool' %}[RESULT]{{ m.content }}[/RESULT]{% else %} {{ m.content }}</s>{% endif %}{% endfor %}",
      { specialTokens: ['[INST]', '[/INST]', '[CALLS]', '</s>'], eosToken: '</s>' },
    );
    const { text, spans } = template.render(history, { variables: { tools: [call] } });
    expect(spans.map(([start, end]) => text.slice(start, end))).toEqual(['[CALLS][{"name": "f"}]</s>', ' b</s>', ' d</s>']);
  });

  it('leave out the labels of results, which name the call again; and keep the header where a thought is cut', () => {
    const template = make(
      '{% for m in messages %}{% if m.tool_calls %}{% if loop.last %}<|start|>me<|think|>{{ m.thinking }}<|end|>{% endif %}<|start|>me to={{ m.tool_calls[0].function.name }}' +
        "<|message|>{{ m.tool_calls[0].function.arguments | tojson }}<|call|>{% elif m.role == 'tool' %}<|start|>{{ messages[loop.index0 - 1].tool_calls[0].function.name }}" +
        "<|message|>{{ m.content }}<|end|>{% else %}<|start|>{{ 'me' if m.role == 'assistant' else m.role }}<|message|>{{ m.content }}<|end|>{% endif %}{% endfor %}" +
        '{% if add_generation_prompt %}<|start|>me{% endif %}',
      { specialTokens: ['<|start|>', '<|end|>', '<|call|>', '<|return|>'], endTokens: ['<|return|>', '<|call|>'] },
    );
    expect(replies(template, history)).toEqual([' to=f<|message|>{"a": 1}<|call|>', '<|message|>b<|end|>', '<|message|>d<|end|>']);
    expect(replies(template, history.slice(0, 2))).toEqual(['<|think|>why<|end|><|start|>me to=f<|message|>{"a": 1}<|call|>']);
  });

  it('take in the tokens that close a call, up to the one at which the model stops', () => {
    const template = make(
      '{% for m in messages %}<|{{ m.role }}|>{% if m.tool_calls %}<call>{{ m.tool_calls[0].function.name }}<call_end><calls_end><stop>' +
        "{% else %}{{ m.content }}{% if m.role == 'assistant' %}<text_end>\n<stop>{% endif %}{% endif %}{% endfor %}" +
        '{% if add_generation_prompt %}<|assistant|>{% endif %}',
      { specialTokens: ['<call_end>', '<calls_end>', '<text_end>', '<stop>'], eosToken: '<stop>' },
    );
    const stops = ['<call>f<call_end><calls_end><stop>', 'b<text_end>\n<stop>', 'd<text_end>\n<stop>'];
    expect(replies(template, history)).toEqual(stops);
  });
});

describe('replies that training cannot use', () => {
  it.each([
    ['{% for m in messages %}{{ m.content | length if m.role == "assistant" else m.content }}{% endfor %}', 1],
    ['{% for m in messages %}{{ m.content }}|{{ m.content }}{% endfor %}', 1],
  ])('are named: %s', (source, index) => {
    const template = make(source);
    const messages = [user('a'), assistant('reply')];
    expect(() => template.render(messages)).toThrow(
      expect.objectContaining({ code: 'text.template', place: expect.stringContaining(`messages[${index}]`) }) as Error,
    );
    expect(template.render(messages, { addGenerationPrompt: true }).spans).toEqual([]);
  });

  it('are not those that a template leaves out', () => {
    const last = make('{{ messages[-1].content }}');
    expect(last.render([user('a'), assistant('b'), user('c')])).toMatchObject({ text: 'c', spans: [] });
  });
});

describe('content that is not there', () => {
  const asking = make(
    "{% for m in messages %}[{{ 'CALL' if m.content is none }}{{ 'GONE' if m.content is not defined }}{{ m.content }}]{% endfor %}",
  );
  const messages = (rest: object): ChatMessage[] => [
    user('a'),
    { role: 'assistant', tool_calls: [call], ...rest } as unknown as ChatMessage,
  ];

  it('is None or undefined where a template asks', () => {
    expect(asking.render(messages({ content: null })).text).toBe('[a][CALL]');
    expect(asking.render(messages({})).text).toBe('[a][GONE]');
    expect(asking.render(messages({ content: '' })).text).toBe('[a][]');
  });

  it.each([{ content: null }, {}])('is empty where it is used: %j', (rest) => {
    const uses =
      "{{ 'x' + m.content }}{{ m.content.strip() }}{{ '</t>' in m.content }}{{ m.content | trim }}{{ m.content | length }}{% for p in m.content %}{% endfor %}";
    expect(make(`{% for m in messages %}${uses}{{ m.content }};{% endfor %}`).render(messages(rest)).text).toBe('xaaFalsea1a;xFalse0;');
  });
});

describe('variables', () => {
  it('are those that transformers passes', () => {
    const source =
      '{{ messages[0].content }}{{ tools is none }}{{ documents is none }}{{ pad_token }}{{ image_token }}{{ bos_token is defined }}';
    const config = { pad_token: '<pad>', image_token: { content: '<i>' }, bos_token: null, extra_special_tokens: { boi_token: '<b>' } };
    const tokens = templateTokens({ config });
    expect(tokens).toEqual({ pad_token: '<pad>', image_token: '<i>', boi_token: '<b>' });
    expect(make(source, { tokens }).render([user('hi')]).text).toBe('hiTrueTrue<pad><i>False');
  });

  it('choose the template for tools', () => {
    const both = make('{{ messages[0].content }}', { toolTemplate: '{{ tools | length }}{{ messages[0].content }}' });
    expect(both.render([user('a')]).text).toBe('a');
    expect(both.render([user('a')], { variables: { tools: [] } }).text).toBe('0a');
    expect(both.render([user('a')], { variables: { tools: [{}] } }).text).toBe('1a');
  });

  it('write no special tokens', () => {
    const template = make('{{ tools | tojson }}{{ note }}{{ messages[0].content }}<|im_end|>');
    const { pieces } = template.render([user('<|im_end|>')], { variables: { tools: [{ '<|im_end|>': '<|im_end|>' }], note: '<image>' } });
    expect(pieces.filter((piece) => piece.special)).toEqual([{ text: '<|im_end|>', special: true }]);
  });

  it('let keys of messages through, but those without a value', () => {
    const template = make(
      "{% for m in messages %}{{ m.content }}{{ m.name }}{{ m.reasoning_content }}{{ m.thinking }}{{ 'tool_calls' in m }}{% endfor %}",
    );
    expect(template.render([{ role: 'user', content: 'a', name: 'Ann', reasoning: 'r', tool_calls: null }]).text).toBe('aAnnrrFalse');
  });
});

describe('continuing the last message', () => {
  const plain = make('{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}');
  const trimmed = make('{% for m in messages %}{{ m.content | trim }}<|im_end|>{% endfor %}');
  const thoughts = make('{% for m in messages %}{{ m.reasoning_content }}</think>{{ m.content }}{% endfor %}');

  it('ends within it', () => {
    const messages = [user('a'), assistant('Sure: ')];
    expect(plain.render(messages, { continueFinalMessage: true }).text).toBe(
      '<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nSure: ',
    );
    expect(trimmed.render(messages, { continueFinalMessage: true }).text).toBe('a<|im_end|>Sure:');
    expect(
      thoughts.render([user('a'), assistant('', { reasoning_content: 'so' })], { continueFinalMessage: 'reasoning_content' }).text,
    ).toBe('</think>aso');
  });

  it.each([
    ['both', plain, [user('a')], { continueFinalMessage: true, addGenerationPrompt: true }, 'text.messages'],
    ['nothing', plain, [user('a'), assistant(null)], { continueFinalMessage: true }, 'text.messages'],
    ['no text', plain, [user([{ type: 'image' }])], { continueFinalMessage: true }, 'text.messages'],
    [
      'a key that is not written',
      plain,
      [assistant('a', { reasoning_content: 'b' })],
      { continueFinalMessage: 'reasoning_content' },
      'text.messages',
    ],
    ['a message that is cut', thinking, [user('a'), assistant('b'), user('c')], { continueFinalMessage: 'role_of' }, 'text.messages'],
  ])('refuses %s', (_, template, messages, options, code) => {
    expect(() => template.render(messages as ChatMessage[], options)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('the own words of a template', () => {
  it.each([
    ['{{ messages[0].content | nosuch }}', /No filter named 'nosuch'/],
    ["{{ raise_exception('I want a poem') }}", /I want a poem/],
    ['{{ messages[0].content }', /line 1/],
    ["{% include 'x' %}", /cannot load/],
  ])('are shown: %s', (source, words) => {
    expect(() => make(source)).toThrow(words);
    expect(() => make(source)).toThrow(expect.objectContaining({ code: 'text.template' }) as Error);
  });

  it('may ask for a system message, or for tools', () => {
    expect(make("{{ raise_exception('system') if messages[0].role != 'system' }}{{ messages[-1].content }}")).toBeDefined();
    expect(make('{% for t in tools %}{% endfor %}{{ messages[-1].content }}')).toBeDefined();
  });
});
