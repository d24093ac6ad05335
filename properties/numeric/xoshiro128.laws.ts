import { expect } from "vitest";
import { xoshiro128 } from "../../src/numeric/xoshiro128.ts";
import { lawsOf } from "../support/lawsOf.ts";

lawsOf("xoshiro128", xoshiro128, (law) => {
  law("agrees with the published generator: state (1, 2, 3, 4) -> 11520, 0, 5927040, ...", {
    else: "seeds do not mean the same numbers as in other implementations of the published generator",
    for: [],
    holds: (generator) => {
      const word = generator([1, 2, 3, 4]);
      expect(Array.from({ length: 6 }, word)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
    },
    rejects: { "a state read backwards": [([a, b, c, d]) => xoshiro128([d, c, b, a])] },
  });
});
