/**
 * The code of a completion: every fenced block (unlabelled or `python`; the last may be unterminated), joined by a blank line.
 *
 *     re.findall(r"```(?:python)?\n(.*?)(?:```|$)", text, DOTALL | IGNORECASE), each str.strip()ped, empty ones dropped
 *
 * Null when no block holds anything: the completion is off format. Python's `$` also matches before a final newline, which
 * the strip makes the same.
 *
 * @see rl-rewardhacking, `parse_response`
 */
export function parseResponse(completion: string): string | null {
  const blocks = [...completion.matchAll(/```(?:python)?\n([^]*?)(?:```|$)/gi)].map((match) => pythonStrip(match[1]!));
  const code = blocks.filter((block) => block !== "");
  return code.length === 0 ? null : code.join("\n\n");
}

/** What `str.isspace` holds for, which is not JavaScript's list: U+FEFF is kept, U+001C to U+001F and U+0085 go. */
const pythonSpace = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const leading = new RegExp(`^${pythonSpace}+`);

/** Python's `str.strip()`. */
export function pythonStrip(text: string): string {
  const start = leading.exec(text)?.[0].length ?? 0;
  let end = text.length;
  while (end > start && isPythonSpace(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isPythonSpace(character: string): boolean {
  return leading.test(character);
}
