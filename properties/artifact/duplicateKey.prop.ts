import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicateKey } from "../../src/artifact/duplicateKey.ts";

const word = fc.string({ unit: "binary" }).filter((text) => text !== "__proto__");

describe("duplicateKey", () => {
  it("finds none in what JSON.stringify writes: objects inside lists inside objects, any text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void expect(duplicateKey(JSON.stringify(value, null, 1))).toBeNull()),
    );
  });

  it("finds a key written twice at any depth, also when the second is spelled with escapes", () => {
    fc.assert(
      fc.property(word, fc.jsonValue(), fc.nat(3), (key, value, depth) => {
        const escaped = `"${Array.from({ length: key.length }, (_, i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")}"`;
        const inner = `{${JSON.stringify(key)}:${JSON.stringify(value)}, ${escaped} :1}`;
        const nested = Array.from({ length: depth }).reduce<string>(
          (text, _, i) => (i % 2 === 0 ? `[0,${text}]` : `{"outer":${text}}`),
          inner,
        );
        expect(duplicateKey(nested)).toBe(key);
      }),
    );
  });
});
