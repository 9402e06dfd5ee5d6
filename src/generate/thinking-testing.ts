// The golden tiny Qwen3 with a tokenizer of printable characters and marks of thinking, for tests.

import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHAR_TO_BYTE } from '../text/bytes.js';
import { packageRoot } from '../util/package.js';

/** Opens thinking where it opens a reply, and passes earlier thoughts on only where it is told to. */
const TEMPLATE =
  '{% for m in messages %}{{ m.role[0] }}:{% if show_thoughts and m.reasoning_content %}({{ m.reasoning_content }}){% endif %}{{ m.content }};{% endfor %}' +
  '{% if add_generation_prompt %}{{ "a:" if not_thinking else "<think>\\n" }}{% endif %}';

/** Ids of the marks and of the end. */
export const MARKS = { open: 87, close: 88, end: 89 };

/** A folder with the model: 86 characters and a line end, then `<think>`, `</think>` and the end, in its vocabulary of 90. */
export async function thinkingModel(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'thinking-'));
  await cp(join(packageRoot(), 'test/golden/families/qwen3/untied'), dir, { recursive: true });
  const chars = [...CHAR_TO_BYTE]
    .filter(([, byte]) => (byte >= 32 && byte < 127 && !'@#$%^&*~`'.includes(String.fromCharCode(byte))) || byte === 10)
    .map(([char]) => char);
  const vocab = Object.fromEntries(chars.slice(0, MARKS.open).map((char, id) => [char, id]));
  const added = ['<think>', '</think>', '<|im_end|>'].map((content, i) => {
    return { id: MARKS.open + i, content, special: i === 2, normalized: false, lstrip: false, rstrip: false, single_word: false };
  });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', dropout: null, unk_token: null, fuse_unk: false, byte_fallback: false, vocab, merges: [] },
  };
  await writeFile(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(dir, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<|im_end|>', chat_template: TEMPLATE }));
  return dir;
}
