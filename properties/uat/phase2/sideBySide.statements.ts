import { expect } from "vitest";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence, Reading, StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import type { Phase2Evidence } from "../../../src/uat/evidence/phase2Evidence.ts";
import type { sideBySide } from "../../../src/uat/phase2/sideBySide.ts";
import {
  endsOf,
  measuredIn,
  readingsOf,
  stageOf,
  type PlannedArm,
  type PlannedArms,
} from "../../support/plannedArm.ts";
import { removalOf } from "./loraComparison.statements.ts";

export type SideBySide = typeof sideBySide;
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

/** Laws of the table of both adapters, for the real one and for its mutants. */
export const sideBySideLaws = {
  showsTheArms(table: SideBySide, given: Phase2Evidence, arms: PlannedArms): void {
    const column = (suffix: "" | "_lora") => {
      const [vanilla, projected, random] = (["vanilla", "projected", "random_v"] as const).map(
        (name) => arms[`${name}${suffix}`] ?? nothing,
      );
      const [plain, slowed] = [endsOf(vanilla!, "train"), endsOf(projected!, "train")];
      const [angleA, angleB, , meaning] = basisAtTheEnd(projected!);
      const rates = [plain.start, plain.end, slowed.end, endsOf(random!, "train").end, plain.end - slowed.end];
      return [...rates.map((rate) => shown(rate, 3)), angleA!, angleB!, meaning!];
    };
    expectRows(table, { ...given, arms: readingsOf(arms) }, /^GRPO/, { antipasto: column(""), lora: column("_lora") });
  },

  showsTheReplays(
    table: SideBySide,
    given: Phase2Evidence,
    replays: Readonly<Record<Adapter, PlannedArm | null>>,
  ): void {
    const reading = (adapter: Adapter): Reading<StageEvidence> =>
      replays[adapter] === null
        ? { kind: "missing", path: "", command: "" }
        : { kind: "found", path: "", value: stageOf(replays[adapter]) };
    const evidence = {
      ...given,
      antipasto: { ...given.antipasto, projected: reading("antipasto") },
      lora: { ...given.lora, projected: reading("lora") },
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

  /** R4 itself is judged elsewhere; this table must not tell another t. */
  agreesWithR4(table: SideBySide, given: Phase2Evidence, antipasto: Evidence, lora: Evidence): void {
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
    expectRows(table, { ...given, antipasto, lora }, /^T4/, { antipasto: column(antipasto), lora: column(lora) });
  },
};
