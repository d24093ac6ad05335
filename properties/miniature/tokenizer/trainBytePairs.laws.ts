import { expect } from "vitest";
import { trainBytePairs } from "../../../src/miniature/tokenizer/trainBytePairs.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const byType: typeof trainBytePairs = (texts, n) =>
  trainBytePairs(new Set([...texts].flatMap((text) => text.split(/(?= )/))), n);
const tieToTheLarger: typeof trainBytePairs = (texts, n) =>
  trainBytePairs(
    [...texts].map((text) => text.replaceAll("c", "~")),
    n,
  ).map(([l, r]) => [l.replaceAll("~", "c"), r.replaceAll("~", "c")]);

lawsOf("trainBytePairs", trainBytePairs, (law) => {
  law("joins the most frequent pair first, ties to the smaller: abab -> a b, ab ab", {
    for: [],
    holds: (train) => {
      expect(train(["ab", "cd", "ab"], 1)).toEqual([["a", "b"]]);
      expect(train(["zz", "cd"], 1)).toEqual([["c", "d"]]);
      expect(train(["abab"], 2)).toEqual([
        ["a", "b"],
        ["ab", "ab"],
      ]);
    },
    rejects: { "ties that go to the larger pair": [tieToTheLarger] },
  });

  law("counts a piece as often as it occurs", {
    for: [],
    holds: (train) => expect(train(["xy", "ab", "xy"], 1)).toEqual([["x", "y"]]),
    rejects: { "counting types for tokens": [byType] },
  });
});
