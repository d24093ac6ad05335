import { expect } from "vitest";
import type { parseResponse } from "../../src/environment/parseResponse.ts";

type Parse = typeof parseResponse;

const fence = "```";

/** Laws of taking code out of a completion. */
export const parseResponseLaws = {
  findsTheBlocks(parse: Parse, blocks: readonly string[], label: string, prose: string): void {
    const text = blocks.map((block) => `${prose}\n${fence}${label}\n${block}\n${fence}\n`).join("");
    expect(parse(text)).toBe(blocks.length === 0 ? null : blocks.join("\n\n"));
  },

  acceptsAnUnterminatedLast(parse: Parse, block: string): void {
    for (const end of ["", "\n", "\n\n"]) expect(parse(`${fence}python\n${block}${end}`)).toBe(block);
  },

  skipsWhatIsNoBlock(parse: Parse, block: string): void {
    for (const text of [block, `${fence}python\r\n${block}\r\n`, `${fence}js ${block}`, `${fence}\n \t\n${fence}`])
      expect(parse(text)).toBe(null);
  },

  /** Python's idea of a space: U+FEFF stays, U+001C and U+0085 go. */
  stripsAsPython(parse: Parse, block: string): void {
    expect(parse(`${fence}\n\u0085\u001c \u00a0${block}\u2003\u001f\n${fence}`)).toBe(block);
    expect(parse(`${fence}\n\ufeff${block}\ufeff\n${fence}`)).toBe(`\ufeff${block}\ufeff`);
  },
};
