import { ArtifactError, quoted } from "../errors.ts";

/** No file that this program reads nests deeper than ten levels; Python's parser refuses the same depth. */
const deepest = 1000;
/** The largest tokenizer.json in use has two million; a value of two characters takes a hundred bytes of memory. */
const mostValues = 1 << 22;

/**
 * Parse JSON that may be hostile.
 *
 * Deeper nesting than a stack bears is refused here: whatever walks the value afterwards may recurse.
 *
 * @param where  the file or line, for messages
 * @throws ArtifactError  the text is not JSON, nests deeper than 1000 levels, or holds more than 4 million values
 */
export function parseJson(text: string, where: string): unknown {
  if (text.length > deepest) expectBounded(text, where);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ArtifactError(
      `${where}: expected JSON, got ${text.length} characters that do not parse: ${quoted(text.slice(0, 60))} (${String(cause)})`,
      cause,
    );
  }
}

/**
 * The same for a line that Python wrote: NaN, Infinity and -Infinity, which are not JSON, are read as null outside strings.
 *
 * @throws ArtifactError  as `parseJson`
 */
export function parsePythonJson(text: string, where: string): unknown {
  return parseJson(/NaN|Infinity/.test(text) ? withoutPythonNumbers(text) : text, where);
}

/** In time linear in the text, without recursion: a regular expression over whole strings runs out of stack. */
function withoutPythonNumbers(text: string): string {
  const pieces: string[] = [];
  const tokens = /"|-?Infinity|NaN/g;
  let from = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    if (match[0] === '"') tokens.lastIndex = endOfString(text, match.index);
    else {
      pieces.push(text.slice(from, match.index), "null");
      from = tokens.lastIndex;
    }
  }
  return pieces.join("") + text.slice(from);
}

/** One past the quote that closes the string which `start` opens; the text's length where nothing closes it. */
export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function expectBounded(text: string, where: string): void {
  let [depth, values] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i) - 1;
    else if (code === 0x7b || code === 0x5b) {
      values++;
      if (++depth > deepest)
        throw new ArtifactError(`${where}: expected JSON that nests at most ${deepest} levels deep, got more`);
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2c) values++;
    if (values > mostValues)
      throw new ArtifactError(`${where}: expected JSON of at most ${mostValues} values, got more`);
  }
}
