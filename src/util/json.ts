// Finds where a JSON text goes wrong: V8's own message gives no position for short texts and differs between versions.

const skip = /[ \t\n\r]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
const stringPart = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Index of the first character at which `text` stops being JSON; `text.length` when it ends too early or is valid. */
export function jsonErrorAt(text: string): number {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const is = (char: string): boolean => {
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const string = (): boolean => {
    if (!is('"')) return false;
    while (take(stringPart));
    return is('"');
  };
  // An explicit stack: nesting in a hostile file must not overflow ours.
  const closers: string[] = [];
  for (let needValue = true; ; ) {
    take(skip);
    if (needValue) {
      if (is('{') || is('[')) {
        const close = text[at - 1] === '{' ? '}' : ']';
        take(skip);
        if (is(close)) needValue = false;
        else {
          closers.push(close);
          if (close === '}' && !key()) return at;
        }
        continue;
      }
      if (!(text[at] === '"' ? string() : take(scalar))) return at;
      needValue = false;
      continue;
    }
    const close = closers[closers.length - 1];
    if (close === undefined) return at; // the value is complete; anything left is too much
    if (is(close)) {
      closers.pop();
      continue;
    }
    if (!is(',')) return at;
    take(skip);
    if (close === '}' && !key()) return at;
    needValue = true;
  }

  function key(): boolean {
    if (!string()) return false;
    take(skip);
    return is(':');
  }
}
