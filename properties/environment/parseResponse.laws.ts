import fc from "fast-check";
import { expect } from "vitest";
import { parseResponse } from "../../src/environment/parseResponse.ts";
import { lawsOf } from "../support/lawsOf.ts";

const fence = "```";

/** Text without a fence and without spaces at its ends. */
const anyBlock = fc
  .array(fc.constantFrom("x", "=", "1", " ", "\n", "\t", "`", "é", "def"), { maxLength: 12 })
  .map((parts) => `a${parts.join("").replaceAll(fence, "")}z`);

/** A port that finds blocks by this pattern, and strips as JavaScript does. */
const port = (pattern: RegExp) => (completion: string) => {
  const blocks = [...completion.matchAll(pattern)].map((match) => match[1]!.trim()).filter(Boolean);
  return blocks.length === 0 ? null : blocks.join("\n\n");
};

lawsOf("parseResponse", parseResponse, (law) => {
  law("finds every block, labelled or not, in any case: blocks joined by a blank line", {
    for: [
      fc.array(anyBlock, { maxLength: 4 }),
      fc.constantFrom("", "python", "Python", "PYTHON"),
      fc.constantFrom("Here:", ""),
    ],
    holds: (parse, blocks, label, prose) => {
      const text = blocks.map((block) => `${prose}\n${fence}${label}\n${block}\n${fence}\n`).join("");
      expect(parse(text)).toBe(blocks.length === 0 ? null : blocks.join("\n\n"));
    },
    rejects: {
      "a case-sensitive label": [port(/```(?:python)?\n([^]*?)(?:```|$)/g), ["x"], "Python", ""],
      "the first block only": [port(/^\s*```(?:python)?\n([^]*?)(?:```|$)/gi), ["x", "y"], "", ""],
    },
  });

  law("accepts an unterminated last block, with and without a final newline", {
    for: [anyBlock],
    holds: (parse, block) => {
      for (const end of ["", "\n", "\n\n"]) expect(parse(`${fence}python\n${block}${end}`)).toBe(block);
    },
    rejects: { "a parser that wants the closing fence": [port(/```(?:python)?\n([^]*?)```/gi), "x"] },
  });

  law("skips what is no block: no fence, CRLF after it, another language, only spaces -> null", {
    for: [anyBlock],
    holds: (parse, block) => {
      for (const text of [block, `${fence}python\r\n${block}\r\n`, `${fence}js ${block}`, `${fence}\n \t\n${fence}`])
        expect(parse(text)).toBe(null);
    },
    rejects: { "a parser that takes CRLF or any language": [port(/```[^\n]*\n([^]*?)(?:```|$)/gi), "x"] },
  });

  law("strips as Python does: U+FEFF stays, U+0085 and U+001C go", {
    for: [anyBlock],
    holds: (parse, block) => {
      expect(parse(`${fence}\n\u0085\u001c \u00a0${block}\u2003\u001f\n${fence}`)).toBe(block);
      expect(parse(`${fence}\n\ufeff${block}\ufeff\n${fence}`)).toBe(`\ufeff${block}\ufeff`);
    },
    rejects: { "JavaScript's trim": [port(/```(?:python)?\n([^]*?)(?:```|$)/gi), "x"] },
  });
});
