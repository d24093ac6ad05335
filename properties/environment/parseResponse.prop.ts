import fc from "fast-check";
import { describe, it } from "vitest";
import { parseResponse } from "../../src/environment/parseResponse.ts";
import { parseResponseLaws as laws } from "./parseResponse.statements.ts";

/** Text without a fence and without spaces at its ends. */
const block = fc
  .array(fc.constantFrom("x", "=", "1", " ", "\n", "\t", "`", "é", "def"), { maxLength: 12 })
  .map((parts) => `a${parts.join("").replaceAll("```", "")}z`);

describe("parseResponse", () => {
  it("finds every block, labelled or not, in any case: blocks joined by a blank line", () =>
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 4 }),
        fc.constantFrom("", "python", "Python", "PYTHON"),
        (blocks, label) => laws.findsTheBlocks(parseResponse, blocks, label, "Here:"),
      ),
    ));

  it("accepts an unterminated last block, with and without a final newline", () =>
    fc.assert(fc.property(block, (code) => laws.acceptsAnUnterminatedLast(parseResponse, code))));

  it("skips what is no block: no fence, CRLF after it, another language, only spaces -> null", () =>
    fc.assert(fc.property(block, (code) => laws.skipsWhatIsNoBlock(parseResponse, code))));

  it("strips as Python does: U+FEFF stays, U+0085 and U+001C go", () =>
    fc.assert(fc.property(block, (code) => laws.stripsAsPython(parseResponse, code))));
});
