import fc from "fast-check";
import { expect } from "vitest";
import type { StepManifest } from "../../../src/artifact/manifest.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { armsComparable } from "../../../src/uat/phase2/armsComparable.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";

type ArmsComparable = typeof armsComparable;

/** An arm of some steps that all say the same of their run, or nothing. */
function stageSaying(steps: number, said: Partial<StepManifest> | null): StageEvidence {
  return Array.from({ length: steps }, (_, step) => ({
    step,
    path: "",
    rows: [rolloutRow({ step })],
    manifest: said === null ? null : manifest("grpo", said),
  }));
}

/** The first step of one stage, and what the other has after it. */
const joined = (one: StageEvidence, other: StageEvidence): StageEvidence => [one[0]!, ...other.slice(1)];

const name = fc.string().map((text) => `the ${text}`);

const settings = fc.dictionary(name, fc.oneof(fc.integer(), fc.string(), fc.boolean()), {
  maxKeys: 5,
  noNullPrototype: true,
});

const honestSettings = { problems: 64, learningRate: 0.01, gate: "one_sided" };

const changed =
  (change: (stage: StageEvidence) => StageEvidence): ArmsComparable =>
  (stages, two) =>
    armsComparable(
      stages.map(([arm, stage]) => [arm, change(stage)]),
      two,
    );

lawsOf("armsComparable", armsComparable, (law) => {
  law(
    "accepts what is an arm's own: its name; of two adapters also kind of knobs, learning rate, clipping and v_hack",
    {
      else: "honest arms of one run are refused for the order in which their settings were written",
      for: [settings, fc.boolean()],
      holds: (compare, settings, twoAdapters) => {
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
      rejects: {
        "settings in the order in which they were written": [
          (stages, two) => {
            const orders = stages.map(([, stage]) =>
              Object.keys(stage[0]!.manifest?.config ?? {})
                .filter((name) => name !== "arm")
                .join(),
            );
            return { ...armsComparable(stages, two), value: orders.filter((order) => order !== orders[0]).length };
          },
          honestSettings,
          true,
        ],
        "two adapters held to one step size": [(stages) => armsComparable(stages, false), honestSettings, true],
      },
    },
  );

  law("counts the arms that were examined after other numbers of updates", {
    else: "the rate after 15 updates of one arm is compared with the rate after 10 of another",
    for: [fc.boolean()],
    holds: (compare, twoAdapters) => {
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
    examples: [[false], [true]],
    numRuns: 2,
    rejects: {
      "exams unseen": [
        changed((stage) =>
          stage.map((step) => ({ ...step, manifest: step.manifest && { ...step.manifest, measurements: {} } })),
        ),
        false,
      ],
    },
  });

  law(
    "counts the arms of another run: steps, model, tokenizer, seed, any other setting, in any step; of one adapter v_hack and step size",
    {
      else: "a rate of other problems, another model or more updates is compared as if the arm had made the difference",
      for: [settings, fc.boolean()],
      holds: (compare, settings, twoAdapters) => {
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
        expect(all.cause).toContain(
          `${others.map((_, i) => `odd ${i}`).join(", ")} differ from the first step of first`,
        );
      },
      rejects: {
        "another v_hack or step size let pass": [(stages) => armsComparable(stages, true), honestSettings, false],
        "settings unseen": [
          changed((stage) =>
            stage.map((step) => ({ ...step, manifest: step.manifest && { ...step.manifest, config: {} } })),
          ),
          honestSettings,
          false,
        ],
        "a shorter arm let pass": [changed((stage) => stage.slice(0, 2)), honestSettings, false],
        "the first step for all": [
          changed((stage) => stage.map((step) => ({ ...step, manifest: stage[0]!.manifest }))),
          honestSettings,
          false,
        ],
      },
    },
  );
});
