import { endOfString } from "./parseJson.ts";

/**
 * The first key that an object in this JSON text holds twice, or null.
 *
 * `JSON.parse` keeps the last of two equal keys without a word; a file whose meaning depends on that is hostile or broken.
 *
 * @param json  text that `JSON.parse` accepts
 */
export function duplicateKey(json: string): string | null {
  const open: Set<string>[] = [];
  const tokens = /["{}[\]:]/g;
  let last: string | null = null;
  for (let match = tokens.exec(json); match !== null; match = tokens.exec(json)) {
    const [token] = match;
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const keys = open.at(-1);
      if (last === null || keys === undefined) continue;
      if (keys.has(last)) return last;
      keys.add(last);
    } else {
      tokens.lastIndex = endOfString(json, match.index);
      last = JSON.parse(json.slice(match.index, tokens.lastIndex)) as string;
    }
  }
  return null;
}
