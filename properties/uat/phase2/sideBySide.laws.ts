import fc from "fast-check";
import { expect } from "vitest";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence, Reading, StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { Phase2Evidence } from "../../../src/uat/evidence/phase2Evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import { sideBySide } from "../../../src/uat/phase2/sideBySide.ts";
import { healthyEvidence, leaning } from "../../support/evidence.ts";
import { direction } from "../../support/healthyRun.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { antipasto, givenBare, missing } from "../../support/phase2Given.ts";
import {
  anyPlannedArm,
  endsOf,
  measuredIn,
  type PlannedArm,
  type PlannedArms,
  readingsOf,
  stageOf,
  toothArm,
} from "../../support/plannedArm.ts";
import { removalOf } from "./removalOf.ts";

type SideBySide = typeof sideBySide;
type Adapter = "antipasto" | "lora";
const nothing: PlannedArm = { before: { train: null, heldout: null }, steps: [] };

const shown = (value: number, digits: number) => (Number.isNaN(value) ? "-" : value.toFixed(digits));

const basis = ["drift_angle_a", "drift_angle_b", "drift_overlap", "v_hack_meaning"] as const;

const basisAtTheEnd = (arm: PlannedArm) => basis.map((name) => shown(measuredIn(arm, name).at(-1) ?? Number.NaN, 3));

function expectRows(
  table: SideBySide,
  evidence: Phase2Evidence,
  which: RegExp,
  expected: Readonly<Record<Adapter, readonly string[]>>,
): void {
  const rows = table(evidence).filter(({ figure }) => which.test(figure));
  for (const adapter of ["antipasto", "lora"] as const)
    expect(
      rows.map((row) => row[adapter]),
      adapter,
    ).toEqual(expected[adapter]);
}

const another = healthyEvidence(2, direction, leaning(direction, 4));
const replayed = fc.record({ antipasto: fc.option(anyPlannedArm), lora: fc.option(anyPlannedArm) });
const maybe = fc.option(anyPlannedArm, { nil: undefined });

const columnsSwapped: SideBySide = (evidence) =>
  sideBySide(evidence).map(({ figure, antipasto, lora }) => ({ figure, antipasto: lora, lora: antipasto }));

const absentAsZero: SideBySide = (evidence) =>
  sideBySide(evidence).map((row) => ({ ...row, antipasto: row.antipasto.replace(/^-$/, "0.000") }));

const arms = {
  vanilla: toothArm(9),
  projected: toothArm(3),
  vanilla_lora: toothArm(10),
  projected_lora: toothArm(5),
  random_v_lora: toothArm(7),
};

const replays = { antipasto: null, lora: toothArm(4) };

lawsOf("sideBySide", sideBySide, (law) => {
  law(
    "reports each adapter's arms in its own column: rates before and after, vanilla - projected, the basis at the end; - where absent",
    {
      else: "the table sets one adapter's arm beside another arm of the other",
      for: [
        fc.record<PlannedArms>({
          vanilla: maybe,
          projected: maybe,
          random_v: maybe,
          vanilla_lora: maybe,
          projected_lora: maybe,
          random_v_lora: maybe,
        }),
      ],
      holds: (table, arms) => {
        const column = (suffix: "" | "_lora") => {
          const [vanilla, projected, random] = (["vanilla", "projected", "random_v"] as const).map(
            (name) => arms[`${name}${suffix}`] ?? nothing,
          );
          const [plain, slowed] = [endsOf(vanilla!, "train"), endsOf(projected!, "train")];
          const [angleA, angleB, , meaning] = basisAtTheEnd(projected!);
          const rates = [plain.start, plain.end, slowed.end, endsOf(random!, "train").end, plain.end - slowed.end];
          return [...rates.map((rate) => shown(rate, 3)), angleA!, angleB!, meaning!];
        };
        expectRows(table, { ...givenBare, arms: readingsOf(arms) }, /^GRPO/, {
          antipasto: column(""),
          lora: column("_lora"),
        });
      },
      rejects: {
        "columns swapped": [columnsSwapped, arms],
        "zero for an arm that is absent": [absentAsZero, arms],
        "random directions for the projected arm": [
          (evidence) => {
            const { projected_lora, random_v_lora } = evidence.arms;
            return sideBySide({
              ...evidence,
              arms: { ...evidence.arms, projected_lora: random_v_lora, random_v_lora: projected_lora },
            });
          },
          arms,
        ],
      },
    },
  );

  law("reports each replay's first and last thirds and its basis at the end; - where not recorded", {
    else: "a cosine that was never recorded is read as one that is gone",
    for: [replayed],
    holds: (table, replays) => {
      const reading = (adapter: Adapter): Reading<StageEvidence> =>
        replays[adapter] === null
          ? { kind: "missing", path: "", command: "" }
          : { kind: "found", path: "", value: stageOf(replays[adapter]) };
      const evidence = {
        ...givenBare,
        antipasto: { ...givenBare.antipasto, projected: reading("antipasto") },
        lora: { ...givenBare.lora, projected: reading("lora") },
      };
      const column = (arm: PlannedArm) => [
        ...Object.values(removalOf(arm)).map((cosine) => shown(cosine, 4)),
        ...basisAtTheEnd(arm),
      ];
      expectRows(table, evidence, /^replay/, {
        antipasto: column(replays.antipasto ?? nothing),
        lora: column(replays.lora ?? nothing),
      });
    },
    rejects: {
      "columns swapped": [columnsSwapped, replays],
      "zero for cosines that were not recorded": [absentAsZero, replays],
    },
  });

  law("agrees with R4: t, p, both ranks and p at equal length; no ranks, -, where R4 has none", {
    else: "the table tells another t than the verdict above it",
    for: [],
    holds: (table) => {
      const column = (evidence: Evidence) => {
        const { conditions } = judge(
          criteria.find(({ id }) => id === "R4")!,
          evidence,
        );
        const names = [
          ["Welch t", 2],
          ["Welch p", 5],
          ["p_rand of t", 3],
          ["p_rand of the difference", 3],
          ["p at equal completion length", 5],
        ] as const;
        return names.map(([name, digits]) =>
          shown(conditions.find((condition) => condition.name === name)?.value ?? Number.NaN, digits),
        );
      };
      expectRows(table, { ...givenBare, antipasto, lora: { ...another, gradients: missing } }, /^T4/, {
        antipasto: column(antipasto),
        lora: column({ ...another, gradients: missing }),
      });
    },
    rejects: {
      "the run's own t for LoRA's": [
        (evidence) =>
          sideBySide({
            ...evidence,
            lora: evidence.antipasto,
          }),
      ],
    },
  });

  law("names every figure once, and shows - for all that is absent", {
    else: "a figure that nobody measured is read as zero",
    for: [],
    holds: (table) => {
      const figures = table(givenBare).map(({ figure }) => figure);
      expect(new Set(figures).size).toBe(figures.length);
      expect(table(givenBare).every(({ antipasto, lora }) => antipasto === "-" && lora === "-")).toBe(true);
    },
    rejects: {
      "zero for what is absent": [absentAsZero],
      "a figure twice": [(evidence) => [...sideBySide(evidence), sideBySide(evidence)[0]!]],
    },
  });
});
