import { expect } from "vitest";
import { preTokenize } from "../../../src/miniature/tokenizer/preTokenizer.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyText } from "./anyText.ts";

lawsOf<(text: string) => readonly string[]>("preTokenize", preTokenize, (law) => {
  law("loses nothing: join(pieces) = NFC(text)", {
    for: [anyText],
    holds: (split, text) => expect(split(text).join("")).toBe(text.normalize("NFC")),
    rejects: { "splitting at white space": [(text) => text.split(" "), "a b"] },
  });

  law("isolates digits: a piece with a digit is that digit", {
    else: "numbers are learned as words, and copying them from the prompt is not learned at all",
    for: [anyText],
    holds: (split, text) => {
      for (const piece of split(text)) if (/\p{N}/u.test(piece)) expect([...piece]).toHaveLength(1);
    },
    rejects: { "the text in one piece": [(text) => [text], "12"] },
  });
});
