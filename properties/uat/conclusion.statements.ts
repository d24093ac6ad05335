import { expect } from "vitest";
import type { Outcome, Verdict } from "../../src/uat/common/verdict.ts";

type Conclude = (verdicts: readonly Verdict[]) => string;

/** A verdict of which nothing else is told. */
export function verdictOf(id: string, outcome: Outcome, measured: boolean): Verdict {
  return {
    id,
    outcome,
    measured,
    claim: "",
    headline: "",
    threshold: "",
    path: "",
    message: "",
    conditions: [],
    notes: [],
    figures: [],
  };
}

const states: readonly (readonly [outcome: Outcome, measured: boolean])[] = [
  ["PASS", true],
  ["PASS, not specific", true],
  ["FAIL", true],
  ["FAIL", false],
];
/** Every list of at most three verdicts. */
export const everyMixture: readonly (readonly Verdict[])[] = [0, 1, 2, 3].flatMap((length) =>
  Array.from({ length: states.length ** length }, (_, n) =>
    Array.from({ length }, (_, i) =>
      verdictOf(`R${i + 1}`, ...states[Math.floor(n / states.length ** i) % states.length]!),
    ),
  ),
);

const idsOf = (verdicts: readonly Verdict[]) => verdicts.map(({ id }) => id);
const idsIn = (text: string | undefined) => text?.match(/\bR\d+\b/g) ?? [];

export const conclusionLaws = {
  /** Every requirement passed, and there is one: nothing less justifies the sweep. */
  justifiesPasses(conclude: Conclude, verdicts: readonly Verdict[]): void {
    const all = verdicts.length > 0 && verdicts.every(({ outcome, measured }) => outcome === "PASS" && measured);
    expect(conclude(verdicts).startsWith("This evidence justifies")).toBe(all);
  },

  /** Who stands in the way is named once, in order, with what is wrong: failed, not measured, not specific; else who passed. */
  namesThem(conclude: Conclude, verdicts: readonly Verdict[]): void {
    const sentence = conclude(verdicts);
    const unmeasured = verdicts.filter(({ measured }) => !measured);
    const failed = verdicts.filter(({ measured, outcome }) => measured && outcome === "FAIL");
    const unspecific = verdicts.filter(({ measured, outcome }) => measured && outcome === "PASS, not specific");
    const inTheWay = [...failed, ...unmeasured];
    expect([/failed/, /could not be measured/].map((phrase) => phrase.test(sentence))).toEqual([
      failed.length > 0,
      unmeasured.length > 0,
    ]);
    expect(idsIn(/((?:R\d+(?:, )?)+) failed/.exec(sentence)?.[1])).toEqual(idsOf(failed));
    expect(idsIn(/((?:R\d+(?:, )?)+) could not be measured/.exec(sentence)?.[1])).toEqual(idsOf(unmeasured));
    expect(idsIn(/((?:R\d+(?:, )?)+) passed, but not specifically/.exec(sentence)?.[1])).toEqual(
      inTheWay.length > 0 ? [] : idsOf(unspecific),
    );
    expect(idsIn(sentence)).toEqual(
      idsOf(inTheWay.length > 0 ? inTheWay : unspecific.length > 0 ? unspecific : verdicts),
    );
  },
};
