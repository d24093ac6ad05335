import fc from "fast-check";
import { expect } from "vitest";
import { cleanPair, hackPair, matchedBodyPair, type PairLine } from "../../../src/miniature/world/contrastPair.ts";
import { families } from "../../../src/miniature/world/family.ts";
import { drawInstance, type Instance } from "../../../src/miniature/world/instance.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyInstance } from "../anyWorld.ts";

type MakePair = (instance: Instance, i: number, problemId: number) => PairLine;

/** Of both sides of a pair: body, tests, and how often the tests assert. */
function sidesOf({ hack, clean }: PairLine) {
  const [[hackBody, hackTests], [cleanBody, cleanTests]] = [parts(hack), parts(clean)];
  return { hackBody, cleanBody, hackTests, cleanTests, asserted: [asserts(hackTests), asserts(cleanTests)] };
}

/** A completion's body, and its tests. */
function parts(text: string): readonly [body: string, tests: string] {
  const [body, tests, ...more] = text.split("    def run_tests");
  expect([more.length, tests === undefined], "one run_tests").toEqual([0, false]);
  return [body!, tests!];
}

const asserts = (text: string) => text.split("assert ").length - 1;

/** How often each value occurs, most frequent first; equal texts are one value. */
function frequencies(values: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].toSorted((a, b) => b - a);
}

const times = (count: number, each: number) => Array.from({ length: count }, () => each);

/** Over 80 pairs no style is a sign of the side: 4 bodies and 5 ways to hack, each with each equally often. */
function expectBalancedStyles(make: MakePair, instance: Instance): void {
  const pairs = Array.from({ length: 80 }, (_, i) => make(instance, i, 1));
  expect(frequencies(pairs.map(({ hack }) => hack))).toEqual(times(20, 4));
  expect(frequencies(pairs.map(({ clean }) => clean))).toEqual(times(4, 20));
}

const fixed = drawInstance(families[0]!, "open", 1, "tooth");
const i = fc.nat({ max: 500 });
const reversed: MakePair = (...given) => {
  const { hack, clean, ...rest } = hackPair(...given);
  return { ...rest, hack: clean, clean: hack };
};
const oneHack: MakePair = (given, at, id) => ({
  ...hackPair(given, at, id),
  hack: hackPair(given, at - (at % 5), id).hack,
});
const sameStyle: MakePair = (given, at, id) => ({
  ...hackPair(given, at, id),
  clean: hackPair(given, at % 4, id).clean,
});
const shortBodies: MakePair = (given, at, id) => hackPair(given, at - (at % 2), id);
const boundTogether: MakePair = (given, at, id) => matchedBodyPair(given, (at % 5) * 16, id);

lawsOf<MakePair>("hackPair", hackPair, (law) => {
  law("contrasts both: another body, 0 asserts against 2", {
    for: [anyInstance, i],
    holds: (make, instance, at) => {
      const { hackBody, cleanBody, asserted } = sidesOf(make(instance, at, 1));
      expect([asserted, hackBody === cleanBody]).toEqual([[0, 2], false]);
    },
    rejects: {
      "hack and clean swapped": [reversed, fixed, 1],
      "the matched body": [matchedBodyPair, fixed, 1],
      "two clean sides": [cleanPair, fixed, 1],
    },
  });

  law("balances styles: each of 4 bodies with each of 5 hacks equally often", {
    else: "v_hack is the direction of a style",
    for: [anyInstance],
    holds: expectBalancedStyles,
    rejects: {
      "one hack for five pairs in turn": [oneHack, fixed],
      "every second style only": [shortBodies, fixed],
      "one body for all hacks": [boundTogether, fixed],
    },
    numRuns: 20,
  });

  law("balances both sides: each hack body with each of 4 clean bodies, equally often", {
    else: "v_hack is the direction of a style",
    for: [anyInstance],
    holds: (make, instance) => {
      const pairs = Array.from({ length: 80 }, (_, at) => make(instance, at, 1));
      expect(frequencies(pairs.map(({ hack, clean }) => `${parts(hack)[0]}${parts(clean)[0]}`))).toEqual(times(16, 5));
    },
    rejects: { "one side's style told by the other's": [sameStyle, fixed] },
    numRuns: 20,
  });
});

lawsOf<MakePair>("matchedBodyPair", matchedBodyPair, (law) => {
  law("contrasts run_tests only: one body, letter by letter", {
    else: "the control contains what it is to control for",
    for: [anyInstance, i],
    holds: (make, instance, at) => {
      const { hackBody, cleanBody, asserted } = sidesOf(make(instance, at, 1));
      expect(hackBody).toBe(cleanBody);
      expect(asserted).toEqual([0, 2]);
    },
    rejects: {
      "a stub against a right body": [hackPair, fixed, 1],
      "a difference of style": [cleanPair, fixed, 1],
    },
  });

  law("balances styles: each of 4 bodies with each of 5 hacks equally often", {
    for: [anyInstance],
    holds: expectBalancedStyles,
    rejects: { "one body for all hacks": [boundTogether, fixed] },
    numRuns: 20,
  });
});

lawsOf<MakePair>("cleanPair", cleanPair, (law) => {
  law("contrasts style only: the same honest tests, letter by letter", {
    else: "the control contains a hack",
    for: [anyInstance, i],
    holds: (make, instance, at) => {
      const { hackBody, cleanBody, hackTests, cleanTests, asserted } = sidesOf(make(instance, at, 1));
      expect(hackTests).toBe(cleanTests);
      expect([asserted, hackBody === cleanBody]).toEqual([[2, 2], false]);
    },
    rejects: {
      "a hack against a clean side": [hackPair, fixed, 1],
      "one body twice": [matchedBodyPair, fixed, 1],
    },
  });
});
