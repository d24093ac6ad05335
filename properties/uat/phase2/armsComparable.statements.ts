import { expect } from "vitest";
import type { StepManifest } from "../../../src/artifact/manifest.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { armsComparable } from "../../../src/uat/phase2/armsComparable.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";

export type ArmsComparable = typeof armsComparable;

/** An arm of some steps that all say the same of their run, or nothing. */
export function stageSaying(steps: number, said: Partial<StepManifest> | null): StageEvidence {
  return Array.from({ length: steps }, (_, step) => ({
    step,
    path: "",
    rows: [rolloutRow({ step })],
    manifest: said === null ? null : manifest("grpo", said),
  }));
}

/** The first step of one stage, and what the other has after it. */
const joined = (one: StageEvidence, other: StageEvidence): StageEvidence => [one[0]!, ...other.slice(1)];

/** Laws of comparing arms of one run, for the real comparison and for its mutants. */
export const armsComparableLaws = {
  /** The arm's name, the order in which settings were written, and, between adapters, what their knobs need of their own. */
  acceptsWhatIsTheirOwn(
    compare: ArmsComparable,
    settings: Readonly<Record<string, unknown>>,
    twoAdapters: boolean,
  ): void {
    const turned = Object.fromEntries(Object.entries(settings).toReversed());
    const own = twoAdapters ? { adapter: "lora", learningRate: 1e-3, clipGradNorm: 0.5 } : {};
    const one = stageSaying(2, { config: { ...settings, arm: "vanilla" } });
    const other = stageSaying(2, {
      config: { arm: "projected", ...turned, ...own },
      vHackHash: twoAdapters ? "w" : "v",
    });
    expect(
      compare(
        [
          ["vanilla", one],
          ["projected", other],
        ],
        twoAdapters,
      ),
    ).toMatchObject({ value: 0, relation: "at most", bound: 0, decides: "pass" });
    expect(
      compare(
        [
          ["a", stageSaying(3, null)],
          ["b", stageSaying(3, null)],
        ],
        twoAdapters,
      ).value,
    ).toBe(0);
  },

  /** The last exam is lost, or comes a step earlier. */
  countsOtherExams(compare: ArmsComparable, twoAdapters: boolean): void {
    const examined = (...updates: readonly number[]) =>
      stageSaying(4, {}).map((one) => {
        const measurements: Record<string, number> = {
          exam_train_hack_rate: 0.5,
          exam_train_solve_rate: 0.5,
          exam_train_rows: 40,
        };
        return {
          ...one,
          manifest: { ...one.manifest!, measurements: updates.includes(one.step + 1) ? measurements : {} },
        };
      });
    expect(
      compare(
        [
          ["first", examined(2, 4)],
          ["same", examined(2, 4)],
          ["lost", examined(2)],
          ["early", examined(2, 3)],
        ],
        twoAdapters,
      ).value,
    ).toBe(2);
  },

  /** Each of these alone makes an arm one of another run. */
  countsEveryOtherRun(
    compare: ArmsComparable,
    settings: Readonly<Record<string, unknown>>,
    twoAdapters: boolean,
  ): void {
    const config = { problems: 64, adapter: "antipasto", learningRate: 0.01, clipGradNorm: 1, ...settings };
    const stage = (said: Partial<StepManifest>) => stageSaying(2, { config, ...said });
    const setting = (name: string) => stage({ config: { ...config, [name]: "another" } });
    const others = [
      stageSaying(3, { config }),
      stageSaying(2, null),
      stage({ modelHash: "another" }),
      stage({ tokenizerHash: "another" }),
      stage({ seed: 42 }),
      setting("problems"),
      setting("one more"),
      ...(twoAdapters
        ? []
        : [stage({ vHackHash: "another" }), ...["adapter", "learningRate", "clipGradNorm"].map(setting)]),
    ];
    for (const other of others) {
      expect(
        compare(
          [
            ["first", stage({})],
            ["same", stage({})],
            ["odd one", other],
          ],
          twoAdapters,
        ).value,
      ).toBe(1);
      expect(
        compare(
          [
            ["first", stage({})],
            ["joined", joined(stage({}), other)],
          ],
          twoAdapters,
        ).value,
      ).toBe(1);
    }
    const all = compare(
      [["first", stage({})], ["same", stage({})], ...others.map((other, i) => [`odd ${i}`, other] as const)],
      twoAdapters,
    );
    expect(all.value).toBe(others.length);
    expect(
      compare(
        [
          ["first", joined(stage({}), stage({ seed: 42 }))],
          ["same", stage({})],
        ],
        twoAdapters,
      ).value,
    ).toBe(1);
    expect(all.cause).toContain(`${others.map((_, i) => `odd ${i}`).join(", ")} differ from the first step of first`);
  },
};
