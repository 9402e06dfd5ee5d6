// What a chat completion request may hold: zod schemas, from which the OpenAPI document is made.

import { z } from 'zod';
import { CHAINS } from '../reason/chains/registry.js';
import { DEMO_NAMES } from './demo-names.js';
import { samplingFields, serviceFields, vcdFields } from './sampling-schema.js';

const detail = z.enum(['auto', 'low', 'high', 'original']);

/** Keys that are named here are taken; any other must be null. A key that nobody reads is an error, as at the top of a request. */
export const closed = <T extends z.ZodRawShape>(shape: T): z.ZodObject<T> =>
  z.object(shape).catchall(z.null()) as unknown as z.ZodObject<T>;
/** Taken without effect: what clients put there for other services, or what came with a reply that is sent back. */
const ignored = z.unknown().optional();
const partExtras = { cache_control: ignored };

const textPart = closed({ type: z.literal('text'), text: z.string(), ...partExtras });
/** Agents repeat what stood beside the text of a reply in its part. */
const replyPart = closed({ ...textPart.shape, role: ignored, annotations: ignored, refusal: ignored });
const refusalPart = closed({ type: z.literal('refusal'), refusal: z.string() });
const imageUrl = closed({ url: z.string().min(1).describe('data: or http(s): URL, or the id of a file'), detail: detail.nullish() });
const imagePart = closed({
  type: z.literal('image_url'),
  image_url: z
    .union([
      imageUrl,
      z
        .string()
        .min(1)
        .transform((url): z.infer<typeof imageUrl> => ({ url })),
    ])
    .describe('an object, or a URL alone as vLLM takes it'),
  ...partExtras,
});
const videoPart = closed({
  type: z.literal('video'),
  video: z.array(z.string().min(1)).min(1).max(768).describe('an extension: the frames of a video in order, each as in image_url'),
  fps: z.number().positive().max(1000).nullish().describe('how many of them are of one second; default 2'),
  ...partExtras,
});
const audioPart = closed({ type: z.literal('input_audio'), input_audio: z.object({ data: z.string(), format: z.string() }) });
const filePart = closed({
  type: z.literal('file'),
  file: closed({
    file_id: z.string().nullish().describe('an image that was uploaded'),
    file_data: z.string().nullish().describe('an image as a data: URL'),
    filename: z.string().nullish(),
  }),
  ...partExtras,
});

const fraction = z.number().min(0).max(1);
const place = z.tuple([fraction, fraction]);
const side = z.int().min(1).max(16_384);
/** A mask as COCO's uncompressed runs. */
const maskRuns = closed({
  size: z.tuple([side, side]).describe('height and width'),
  counts: z.array(z.int().min(0)).min(1).max(200_000).describe('pixels outside, inside, outside, … down the columns'),
});
const regionFields = {
  box: z.tuple([fraction, fraction, fraction, fraction]).nullish().describe('[x0, y0, x1, y1] in 0..1 of width and height'),
  point: place.nullish(),
  scribble: z.array(place).min(1).max(10_000).nullish(),
  mask: z
    .union([z.string().min(1), maskRuns])
    .nullish()
    .describe('a data: URL of an image, white inside, or its runs'),
  image: z.int().min(0).nullish().describe('which image of the conversation, from 0; default the last one before it'),
};
/** What is pointed at in an image: one of the shapes. */
const requestRegion = closed(regionFields);
export type RequestRegion = z.infer<typeof requestRegion>;
const regionPart = closed({ type: z.literal('region').describe('an extension: something in an image'), ...regionFields });

/** Far beyond any conversation; what is longer only costs time to check. */
export const MOST = 2048;
const texts = z.union([
  z.string(),
  z
    .array(z.discriminatedUnion('type', [textPart]))
    .min(1)
    .max(MOST),
]);
const name = z.string().nullish();

/** A call of a tool, as replies write it. */
export const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
const earlierCall = closed({
  id: z.string(),
  type: z.literal('function'),
  function: closed({ name: z.string(), arguments: z.string(), parsed_arguments: ignored }),
  index: ignored,
});

/** A message of a conversation. What is not said to be ignored reaches the chat template. */
export const chatMessage = z.discriminatedUnion('role', [
  closed({ role: z.literal('system'), content: texts, name }),
  closed({ role: z.literal('developer'), content: texts, name }),
  closed({
    role: z.literal('user'),
    content: z.union([
      z.string(),
      z
        .array(z.discriminatedUnion('type', [textPart, imagePart, videoPart, audioPart, filePart, regionPart]))
        .min(1)
        .max(MOST),
    ]),
    name,
  }),
  closed({
    role: z.literal('assistant'),
    content: z
      .union([
        z.string(),
        z
          .array(z.discriminatedUnion('type', [replyPart, refusalPart]))
          .min(1)
          .max(MOST),
      ])
      .nullish(),
    name,
    tool_calls: z.array(earlierCall).nullish(),
    reasoning_content: z.string().nullish().describe('an extension: what the model thought before this reply'),
    reasoning: z.string().nullish().describe('another name of reasoning_content'),
    prefix: z.boolean().nullish().describe('an extension, of the last message: the reply continues it'),
    refusal: z.string().nullish(),
    annotations: ignored,
    parsed: ignored,
    provider_specific_fields: ignored,
    reasoning_details: ignored,
    thinking_blocks: ignored,
  }),
  closed({ role: z.literal('tool'), content: texts, tool_call_id: z.string(), name }),
]);
export type RequestMessage = z.infer<typeof chatMessage>;

/** A function that the model may call. */
export const functionName = z.string().regex(/^[\w-]{1,64}$/, 'up to 64 letters, digits, _ and -');
/** The JSON schema of its arguments. */
export const functionParameters = z
  .record(z.string(), z.unknown())
  .refine(({ type }) => type === undefined || type === 'object', "a JSON schema with type 'object'")
  .nullish();

const tool = closed({
  type: z.literal('function'),
  function: closed({
    name: functionName,
    description: z.string().nullish(),
    parameters: functionParameters,
    strict: z.boolean().nullish(),
  }),
  ...partExtras,
});

const jsonSchema = z.record(z.string(), z.unknown());
const namedSchema = closed({
  name: z.string().nullish(),
  description: z.string().nullish(),
  schema: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
});
const responseFormat = z
  .discriminatedUnion('type', [
    closed({ type: z.literal('text') }),
    closed({ type: z.literal('json_object'), schema: jsonSchema.nullish().describe('an extension: the object satisfies it') }),
    closed({
      type: z.literal('json_schema'),
      json_schema: namedSchema.nullish(),
      schema: jsonSchema.nullish().describe('an extension: the schema by itself, instead of json_schema'),
    }),
  ])
  .transform((format, context) => {
    if (format.type === 'text' || (format.type === 'json_object' && !format.schema)) return { type: format.type };
    if (format.type === 'json_object')
      return { type: 'json_schema' as const, json_schema: { schema: { type: 'object', ...format.schema } } };
    if (format.json_schema) return { type: format.type, json_schema: format.json_schema };
    if (format.schema) return { type: format.type, json_schema: { schema: format.schema } };
    const message = 'Invalid input: expected object, received undefined';
    context.addIssue({ code: 'invalid_type', expected: 'object', path: ['json_schema'], message, input: undefined });
    return z.NEVER;
  });

/** A limit of tokens; -1, as other servers have it, is none. */
const maxTokens = z
  .int()
  .min(-1)
  .refine((limit) => limit !== 0, 'at least 1, or -1 for as many as fit')
  .transform((limit) => (limit === -1 ? Number.MAX_SAFE_INTEGER : limit))
  .nullish();

/** Chains by their names. */
const chainName = z.enum(CHAINS.map(({ name }) => name));
const chainFields = z.strictObject({
  name: chainName,
  thinker: z.enum(['model', 'grammar']).nullish().describe('who thinks: the model, or rules, for ddcot and tree; default model'),
  max_calls: z.int().min(1).max(64).nullish().describe('most questions to the model; default 32'),
  max_tokens: z.int().min(16).max(16_384).nullish().describe('most tokens of all replies together; default 4096'),
});

/** The most alternatives that `n` may ask for. */
export const MAX_CHOICES = 16;

/** Body of POST /v1/chat/completions. */
export const chatRequest = z.strictObject({
  model: z.string().min(1),
  messages: z.array(chatMessage).min(1).max(MOST),
  ...samplingFields,
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  max_thinking_tokens: z
    .int()
    .min(0)
    .nullish()
    .describe('an extension: tokens of thinking, after which the reply begins; 0 for none; only of models that think'),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() }).nullish(),
  response_format: responseFormat.nullish(),
  tools: z
    .array(tool)
    .max(128)
    .refine((tools) => new Set(tools.map((t) => t.function.name)).size === tools.length, 'functions with different names')
    .transform((tools) => (tools.length > 0 ? tools : undefined))
    .nullish(),
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) })])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish().describe('false: one call at most'),
  modalities: z
    .array(z.enum(['text', 'image'], 'no model here gives that: text, or text and image'))
    .nullish()
    .describe('image: the images of a reply; default of models that draw'),
  chat_template_kwargs: z
    .record(z.string(), z.unknown())
    .nullish()
    .describe('an extension: more variables for the chat template, such as enable_thinking'),
  sensorium: z
    .strictObject({
      vcd: z.strictObject(vcdFields).nullish().describe("the same as method: {name: 'vcd', …}"),
      halle: z
        .strictObject({ epsilon: z.number().min(-1).max(1) })
        .nullish()
        .describe('of models with a HallE switch: -1 names what the image shows, 1 also what is likely beside it'),
      verify: z
        .enum(['woodpecker', 'flags'])
        .nullish()
        .describe('what the reply claims of the image is checked after it: by questions to the model, or by the probability of its words'),
      regions: z
        .array(requestRegion)
        .max(64)
        .nullish()
        .describe('of models that take regions: what the last message of the user points at, before its text'),
      places: z.enum(['rle', 'png']).nullish().describe('boxes and masks of what the reply means, masks as runs or as data: URLs'),
      agent: z.string().min(1).nullish().describe('the server does the task with this agent (see --agents) in place of asking the model'),
      chain: z
        .union([chainFields, chainName.transform((own): z.infer<typeof chainFields> => ({ name: own }))])
        .nullish()
        .describe('the model answers in steps, which come as reasoning_content and in sensorium: an object, or the name alone'),
      demos: z
        .strictObject({
          index: z.string().max(100).nullish().describe('name of an index of this server; default its first'),
          shots: z.int().min(0).max(64).nullish().describe('how many; default 4'),
          selector: z.enum(DEMO_NAMES.selector).nullish().describe('how they are chosen; default rices'),
          order: z.enum(DEMO_NAMES.order).nullish().describe('default similar-last'),
          template: z.enum(DEMO_NAMES.template).nullish().describe('default chat'),
          seed: z.int().nullish().describe('of random choices'),
        })
        .nullish()
        .describe('examples from a folder that the server has indexed are shown before the last question'),
    })
    .nullish()
    .describe('extensions: against hallucination, regions and places of images, demonstrations, chains of thought, and agents'),
  continue_final_message: z.boolean().nullish().describe('an extension: the reply continues the last message, which is of the assistant'),
  add_generation_prompt: z.boolean().nullish().describe('an extension: false only with continue_final_message'),
  ...serviceFields,
  // Taken and without effect: they steer the service around a model, not the reply.
  store: z.boolean().nullish(),
  reasoning_effort: z.string().nullish(),
  verbosity: z.string().nullish(),
});
export type ChatRequest = z.infer<typeof chatRequest>;
