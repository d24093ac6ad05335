import { expect } from "vitest";
import type { Merge } from "../../src/miniature/tokenizer/trainBytePairs.ts";

type Train = (texts: Iterable<string>, mergeCount: number) => readonly Merge[];
type PreTokenize = (text: string) => readonly string[];

/** Laws of the tokenizer's making. */
export const bytePairLaws = {
  losesNothing(preTokenize: PreTokenize, text: string): void {
    expect(preTokenize(text).join("")).toBe(text.normalize("NFC"));
  },

  isolatesDigits(preTokenize: PreTokenize, text: string): void {
    for (const piece of preTokenize(text)) if (/\p{N}/u.test(piece)) expect([...piece]).toHaveLength(1);
  },

  /** Pieces ab, ab, cd: `ab` leads; then the tie of the rest goes to the smaller pair. */
  joinsTheMostFrequent(train: Train): void {
    expect(train(["ab", "cd", "ab"], 1)).toEqual([["a", "b"]]);
    expect(train(["zz", "cd"], 1)).toEqual([["c", "d"]]);
    expect(train(["abab"], 2)).toEqual([
      ["a", "b"],
      ["ab", "ab"],
    ]);
  },

  countsRepeats(train: Train): void {
    expect(train(["xy", "ab", "xy"], 1)).toEqual([["x", "y"]]);
  },
};
