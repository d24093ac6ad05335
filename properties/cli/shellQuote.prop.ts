import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellQuote } from "../../src/cli/shellQuote.ts";

const word = fc.string({
  unit: fc.constantFrom("a", "Z", "0", " ", "'", '"', "$", "`", "\\", "\n", ";", "&", "*", "é", "-", "="),
  minLength: 1,
  maxLength: 8,
});

describe("shellQuote", () => {
  // ELSE a folder with a blank in its name makes a cluster job do something else
  it("a POSIX shell reads back the very words: words(shellQuote(w)) = w", () =>
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const read = execFileSync("sh", ["-c", `printf '%s\\0' ${shellQuote(words)}`], { encoding: "utf8" });
        expect(read.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 30 },
    ));
});
