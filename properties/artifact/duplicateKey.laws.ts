import fc from "fast-check";
import { expect } from "vitest";
import { duplicateKey } from "../../src/artifact/duplicateKey.ts";
import { lawsOf } from "../support/lawsOf.ts";

const word = fc.string({ unit: "binary" }).filter((text) => text !== "__proto__");

/** Compares keys as they are spelled, and does not know where an object ends. */
const asSpelled: typeof duplicateKey = (text) => {
  const seen = new Set<string>();
  for (const [, key] of text.matchAll(/"([^"]*)"\s*:/g)) {
    if (seen.has(key!)) return key!;
    seen.add(key!);
  }
  return null;
};

lawsOf("duplicateKey", duplicateKey, (law) => {
  law("finds none in what JSON.stringify writes: objects inside lists inside objects, any text", {
    for: [fc.jsonValue()],
    holds: (find, value) => expect(find(JSON.stringify(value, null, 1))).toBeNull(),
    rejects: { "keys of two objects compared": [asSpelled, [{ a: 1 }, { a: 1 }]] },
  });

  law("finds a key written twice at any depth, also when the second is spelled with escapes", {
    for: [word, fc.jsonValue(), fc.nat(3)],
    holds: (find, key, value, depth) => {
      const escape = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;
      const escaped = `"${Array.from({ length: key.length }, (_, i) => escape(key.charCodeAt(i))).join("")}"`;
      const inner = `{${JSON.stringify(key)}:${JSON.stringify(value)}, ${escaped} :1}`;
      const nested = Array.from({ length: depth }).reduce<string>(
        (text, _, i) => (i % 2 === 0 ? `[0,${text}]` : `{"outer":${text}}`),
        inner,
      );
      expect(find(nested)).toBe(key);
    },
    rejects: { "keys compared as they are spelled": [asSpelled, "a", 1, 0], "nothing found": [() => null, "a", 1, 0] },
  });
});
