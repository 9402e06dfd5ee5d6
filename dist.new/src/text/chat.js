// Chat templates (Jinja): messages to text as transformers renders them, with the spans of replies and no way for content to write a special token.
import { SensoriumError } from '../util/errors.js';
import { chosen, namedTemplates } from './chat-templates.js';
import { DEFAULT_TEMPLATE, SPECIAL_TOKENS } from './default-template.js';
import { Blank, concat, cut, Dict, Jinja, marked, strip, TemplateError, text, toValue } from './jinja/index.js';
import { endTokensOf } from './layout.js';
import { checkMessages } from './messages.js';
import { messageValue } from './prompt.js';
import { SpecialFinder } from './rendered.js';
import { replySpans } from './reply-spans.js';
import { tokenContent } from './tokenizer-json.js';
export { DEFAULT_TEMPLATE, DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS } from './default-template.js';
/** transformers appends this to the message to continue, and cuts the rendered text there. */
const CONTINUE = 'CONTINUE_FINAL_MESSAGE_TAG ';
const PROBE_TOOL = { type: 'function', function: { name: 'probe', description: '', parameters: { type: 'object', properties: {} } } };
/** A compiled chat template together with the special tokens it may write. */
export class ChatTemplate {
    source;
    imageToken;
    videoToken;
    /** Whether videos have the placeholder of images, and are images to the template. */
    videoIsImage;
    endTokens;
    layout;
    /** The template that is used where tools are given. */
    toolSource;
    place;
    takesImages;
    finder;
    constants;
    now;
    /** What it was made with, as plain lists. */
    options;
    main;
    withTools;
    /** Throws `text.template`, with the template's own words, for one that does not compile or cannot render a user message. */
    constructor(source, options) {
        this.source = source;
        this.place = options.place ?? 'chat template';
        this.layout = options.layout ?? {};
        this.imageToken = options.imageToken ?? '<image>';
        this.takesImages = options.imageToken !== undefined;
        this.videoIsImage = options.videoToken === this.imageToken;
        this.videoToken = this.videoIsImage ? undefined : options.videoToken;
        this.now = options.now;
        const specials = new Set(options.specialTokens);
        const { tokens = {}, bosToken = tokens.bos_token, eosToken = tokens.eos_token } = options;
        this.endTokens = new Set(options.endTokens ?? (eosToken === undefined ? [] : [eosToken]));
        this.options = { ...options, specialTokens: [...specials], endTokens: [...this.endTokens] };
        const ends = [...specials].filter((token) => this.endTokens.has(token) || /end|eot|eom|<\/s>/i.test(token));
        specials.add(this.imageToken);
        if (this.videoToken !== undefined)
            specials.add(this.videoToken);
        this.finder = new SpecialFinder(specials, new Map(ends.map((token) => [token, this.endTokens.has(token)])));
        const absent = new Blank('undefined');
        this.constants = { ...tokens, bos_token: bosToken || absent, eos_token: eosToken || absent };
        this.main = this.compile(source);
        this.toolSource = options.toolTemplate ?? source;
        this.withTools = this.toolSource === source ? this.main : this.compile(this.toolSource);
    }
    /** The template of a tokenizer: `given`, else the one in its config, else ours when it has our special tokens. */
    static forTokenizer(tokenizer, given, place = tokenizer.place, layout) {
        const { config, specialTokens } = tokenizer;
        const named = given === undefined ? namedTemplates(config.chat_template, place) : undefined;
        const templates = named ? chosen(named, place) : typeof given === 'object' ? given : undefined;
        const ours = SPECIAL_TOKENS.every((t) => specialTokens.has(t)) ? DEFAULT_TEMPLATE : undefined;
        const source = templates?.source ?? (typeof given === 'string' ? given : ours);
        if (source === undefined)
            throw new SensoriumError('text.template', 'the model has no chat template', {
                place,
                expected: 'chat_template.jinja, or chat_template in tokenizer_config.json',
                hint: 'Add the file, or use the model on plain text',
            });
        const image = tokenizer.specialIds.image;
        return new ChatTemplate(source, {
            specialTokens: specialTokens.keys(),
            imageToken: image === undefined ? undefined : tokenizer.token(image),
            tokens: templateTokens(tokenizer),
            toolTemplate: templates?.toolUse,
            endTokens: endTokensOf(tokenizer, layout),
            layout,
            place: templates?.place ?? place,
        });
    }
    /** Reads the templates of a model folder wherever it keeps them, falling back as `forTokenizer` does. */
    static async fromFolder(dir, tokenizer) {
        const { readChatTemplates } = await import('./chat-templates.js');
        return ChatTemplate.forTokenizer(tokenizer, await readChatTemplates(dir), dir);
    }
    /**
     * Renders a conversation as transformers' `apply_chat_template` does. Spans are for training: with `addGenerationPrompt` or
     * `continueFinalMessage` a reply whose place is unknown has none. Throws `text.messages` for bad messages, `text.template`, with the
     * template's own words, where the template refuses, and without those options where a reply cannot be found in the text.
     */
    render(messages, options = {}) {
        checkMessages(messages);
        const { addGenerationPrompt = false, continueFinalMessage = false } = options;
        if (addGenerationPrompt && continueFinalMessage)
            throw this.cannotContinue('a prompt either continues the last message or opens a reply', 'one of addGenerationPrompt and continueFinalMessage');
        let rendered = this.run(messages, options);
        if (continueFinalMessage)
            rendered = this.cutAtEnd(rendered, messages, continueFinalMessage);
        const { pieces, ends } = this.finder.read(rendered);
        const isPrompt = addGenerationPrompt || continueFinalMessage !== false;
        const render = (others, open) => this.run(others, { variables: options.variables, addGenerationPrompt: open });
        const spans = isPrompt ? [] : replySpans({ messages, rendered, ends, render, place: this.place });
        const count = (token) => pieces.filter((piece) => piece.special && piece.text === token).length;
        return { text: text(rendered), pieces, spans, images: count(this.imageToken), videos: count(this.videoToken) };
    }
    compile(source) {
        try {
            const jinja = new Jinja(source, this.now);
            return { source, jinja, forms: this.probe(jinja) };
        }
        catch (cause) {
            throw cause instanceof SensoriumError ? cause : this.failure('the chat template does not compile', cause);
        }
    }
    failure(summary, cause) {
        return new SensoriumError('text.template', summary, {
            place: this.place,
            got: cause instanceof Error ? cause.message : String(cause),
            cause,
        });
    }
    /** Which forms of content a template writes; found by rendering words that occur in no template. */
    probe(jinja) {
        const words = ['qjxz', 'zxjq'];
        let refusal;
        const attempt = (content) => {
            const user = new Dict([
                ['role', 'user'],
                ['content', content],
            ]);
            const system = new Dict([
                ['role', 'system'],
                ['content', 'x'],
            ]);
            // Some templates want a system message first, and those for tools want tools.
            for (const tools of [null, toValue([PROBE_TOOL])])
                for (const messages of [[user], [system, user]])
                    try {
                        return text(jinja.render({ ...this.constants, messages, tools, documents: null, add_generation_prompt: false }));
                    }
                    catch (error) {
                        if (!(error instanceof TemplateError))
                            throw error;
                        refusal ??= error;
                    }
            return '';
        };
        const part = (word) => new Dict([
            ['type', 'text'],
            ['text', word],
        ]);
        const isRaw = (rendered) => /["']type["']/.test(rendered);
        const string = attempt(words[0]).includes(words[0]);
        const listed = attempt([part(words[0]), new Dict([['type', 'image']])]);
        const texts = attempt(words.map(part));
        const textParts = words.every((word) => texts.includes(word)) && !isRaw(texts);
        const parts = listed.includes(words[0]) && listed.includes(this.imageToken) && !isRaw(listed);
        if (string || parts)
            return { string, parts, textParts };
        // A model of texts alone needs no placeholders.
        if (textParts && !this.takesImages)
            return { string, parts, textParts };
        if (refusal)
            throw this.failure('the chat template refuses a user message', refusal);
        throw new SensoriumError('text.template', 'the template does not write the content of a user message', {
            place: this.place,
            hint: `It must write string content, or parts with ${this.imageToken} for images`,
        });
    }
    run(messages, { addGenerationPrompt = false, continueFinalMessage, variables = {} }) {
        const { tools = null, documents = null, ...others } = variables;
        const { jinja, forms, source } = tools === null ? this.main : this.withTools;
        const placeholders = { image: this.imageToken, video: this.videoIsImage ? this.imageToken : this.videoToken, place: this.place };
        try {
            const values = messages.map((message, i) => messageValue(message, i, forms, placeholders));
            const outside = { message: -1, isContent: false };
            const last = values.at(-1);
            if (continueFinalMessage && last)
                this.appendTag(last, messages, continueFinalMessage === true ? 'content' : continueFinalMessage, source);
            const given = Object.entries(others).map(([name, value]) => [name, toValue(value, name.endsWith('_token') ? undefined : outside)]);
            return jinja.render({
                ...this.constants,
                ...Object.fromEntries(given),
                messages: values,
                tools: toValue(tools, outside),
                documents: toValue(documents, outside),
                add_generation_prompt: addGenerationPrompt,
            });
        }
        catch (cause) {
            if (cause instanceof TemplateError)
                throw this.failure('the chat template refuses these messages', cause);
            throw cause;
        }
    }
    cannotContinue(summary, expected) {
        return new SensoriumError('text.messages', summary, { place: 'continueFinalMessage', expected });
    }
    /** Marks the end of the text to continue: of the last text part where content is in parts, and of every name that thoughts go by. */
    appendTag(message, messages, key, source) {
        const tag = marked(CONTINUE, { message: messages.length - 1, isContent: false });
        const value = message.get(key);
        if (value === undefined || value instanceof Blank)
            throw this.cannotContinue('the last message has nothing to continue', `a last message with ${key}`);
        const names = ['reasoning_content', 'thinking', 'reasoning'];
        const keys = names.includes(key) ? names.filter((name) => message.has(name)) : [key];
        if (!keys.some((name) => source.includes(name)))
            throw this.cannotContinue('the chat template does not write what is to be continued', `a template that writes ${key}`);
        const parts = Array.isArray(value) ? value : [];
        const part = parts.findLast((one) => one instanceof Dict && one.has('text'));
        const given = messages.at(-1)?.[key];
        const hasText = typeof given === 'string' || (Array.isArray(given) && given.some((one) => typeof one?.text === 'string'));
        if (!hasText || (Array.isArray(value) && !part))
            throw this.cannotContinue('the last message has no text to continue', 'a text part');
        if (part)
            part.set('text', concat([part.get('text'), tag]));
        else
            for (const name of keys)
                message.set(name, concat([message.get(name), tag]));
    }
    /** Cuts the text where the message to continue ends. */
    cutAtEnd(rendered, messages, key) {
        const value = messages.at(-1)?.[key === true ? 'content' : key];
        const parts = Array.isArray(value) ? value : [{ text: value }];
        const final = String(parts.findLast((part) => typeof part.text === 'string')?.text ?? '');
        const whole = text(rendered);
        const at = whole.lastIndexOf(CONTINUE.trim());
        if (at < 0 || !whole.includes(final.trim()))
            throw new SensoriumError('text.template', 'the template changes the message that is to be continued', {
                place: this.place,
                expected: `text that holds ${JSON.stringify(final.trim().slice(-60))}`,
                hint: 'Open a reply instead (addGenerationPrompt)',
            });
        const before = cut(rendered, 0, at);
        // A template that keeps white space keeps the tag's own; where it trims, the space before goes too.
        return whole.startsWith(CONTINUE, at) ? before : strip(before, undefined, false, true);
    }
}
/** Tokens that templates know by name, as transformers' `special_tokens_map` has them: `bos_token`, `pad_token`, and a model's own such as `image_token`. */
export function templateTokens({ config }) {
    const extra = config.extra_special_tokens;
    const named = typeof extra === 'object' && extra !== null && !Array.isArray(extra) ? Object.entries(extra) : [];
    const out = {};
    for (const [key, value] of [...Object.entries(config).filter(([name]) => name.endsWith('_token')), ...named]) {
        const content = tokenContent(value);
        if (content !== undefined)
            out[key] = content;
    }
    return out;
}
//# sourceMappingURL=chat.js.map