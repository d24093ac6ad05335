import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect } from "vitest";
import { shellQuote } from "../../src/cli/shellQuote.ts";
import { lawsOf } from "../support/lawsOf.ts";

const word = fc.string({
  unit: fc.constantFrom("a", "Z", "0", " ", "'", '"', "$", "`", "\\", "\n", ";", "&", "*", "é", "-", "="),
  minLength: 1,
  maxLength: 8,
});

lawsOf("shellQuote", shellQuote, (law) => {
  law("is read back by a POSIX shell word for word: words(shellQuote(w)) = w", {
    else: "a folder with a blank in its name makes a cluster job do something else",
    for: [fc.array(word, { minLength: 1, maxLength: 6 })],
    holds: (quote, words) => {
      const read = execFileSync("sh", ["-c", `printf '%s\\0' ${quote(words)}`], { encoding: "utf8" });
      expect(read.split("\0").slice(0, -1)).toEqual(words);
    },
    rejects: {
      "words joined as they are": [(words) => words.join(" "), ["a b"]],
      "double quotes, in which $ and ` mean something": [
        (words) => words.map((each) => `"${each.replaceAll('"', '\\"')}"`).join(" "),
        ["$a"],
      ],
    },
    numRuns: 30,
  });
});
