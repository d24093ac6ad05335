import { expect } from "vitest";
import type { maskConsistency } from "../../../src/uat/r2/maskConsistency.ts";
import type { SampleGradients, ScoredTokens } from "../../../src/uat/evidence/sampleGradients.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";

export type Mask = typeof maskConsistency;

/** Log-probabilities by family: of one family, neighbours differ by less than a float32 NLL may (3e-5, relative above 1), first and third by more. */
const families = [
  [0, -3e-5],
  [-1, -1.00002, -1.00004],
  [-100, -100.002, -100.004],
] as const;
export const [familyCount, memberCount] = [families.length, 3];

export interface Nll {
  readonly family: number;
  readonly member: number;
}

/** A row by what may be wrong with it. */
export interface MaskedRow {
  readonly ours: boolean; // whether its step has a manifest: the first row of a step decides
  readonly logp: Nll | null;
  readonly loss: Nll | null;
  readonly completion: number;
  readonly prompt: string;
  readonly pads: number;
  readonly fault: "none" | "place unsaid" | "count" | "first" | "last" | "late";
}

const valueOf = (nll: Nll | null) =>
  nll === null ? null : (families[nll.family]![nll.member] ?? families[nll.family]![0]);
const memberOf = ({ family, member }: Nll) => (families[family]![member] === undefined ? 0 : member);
const differ = (a: Nll, b: Nll) => a.family !== b.family || Math.abs(memberOf(a) - memberOf(b)) > 1;

function stageOf(steps: readonly (readonly MaskedRow[])[]) {
  return madeUpStage(
    steps.map((rows) => ({
      ...(rows[0]?.ours ? { manifest: manifest("replay", {}) } : {}),
      rows: rows.map(({ logp, loss, completion, prompt, pads }) => {
        const nll = valueOf(loss);
        const completionIds = [20 + completion, 5, 9, ...Array.from({ length: pads }, () => 0)];
        return {
          logpMean: valueOf(logp),
          perSampleLoss: nll === null ? null : -nll,
          prompt,
          completionIds,
          compLen: 3,
        };
      }),
    })),
  );
}

function scoredOf({ completion, fault }: MaskedRow): ScoredTokens {
  const { plen } = rolloutRow({});
  const right = { count: 3, firstId: 20 + completion, lastId: 9, from: plen - 1 };
  const wrong = {
    none: {},
    "place unsaid": { from: null },
    count: { count: 4 },
    first: { firstId: 5 },
    last: { lastId: 5 },
    late: { from: plen },
  };
  return { ...right, ...wrong[fault] };
}

const figures = (mask: Mask, steps: readonly (readonly MaskedRow[])[], gradients: SampleGradients | null) =>
  mask(stageOf(steps), gradients).map((condition) => {
    expect(condition).toMatchObject({ relation: "at most", bound: 0, decides: "pass" });
    expect(condition.cause).toMatch(new RegExp(`^(in )?${condition.value} (rows|pairs)`));
    return [condition.name, condition.value];
  });

const [tokens, loss, twins] = [
  "rows scored on other tokens than the completion's",
  "rows whose loss is not their NLL",
  "equal completions with unequal NLL",
];

export const maskLaws = {
  /** Of the steps whose file says what the engine scored, rows with any other count, first or last token, or place. */
  countsMisplacedTokens(mask: Mask, steps: readonly (readonly MaskedRow[])[], silent: number): void {
    const scoredBySteps = new Map(
      steps.map((rows, step) => [step, rows.map(scoredOf)] as const).filter(([step]) => step !== silent),
    );
    const wrong = steps
      .filter((_, step) => step !== silent)
      .flat()
      .filter(({ fault }) => fault !== "none" && fault !== "place unsaid");
    expect(
      figures(mask, steps, { moduleNames: [], widths: new Int32Array(0), bySteps: new Map(), scoredBySteps }),
    ).toContainEqual([tokens, wrong.length]);
    expect(figures(mask, steps, null)).toContainEqual([tokens, 0]);
  },

  /** Of rows that our own stages made and that hold both figures. */
  countsOtherLosses(mask: Mask, steps: readonly (readonly MaskedRow[])[]): void {
    const wrong = steps
      .filter((rows) => rows[0]?.ours)
      .flat()
      .filter((row) => row.logp !== null && row.loss !== null && differ(row.logp, row.loss));
    expect(figures(mask, steps, null)).toContainEqual([loss, wrong.length]);
  },

  /** Rows of one step with the prompt and tokens, padding aside, of an earlier row, and another NLL than the first such row. */
  countsUnequalTwins(mask: Mask, steps: readonly (readonly MaskedRow[])[]): void {
    const wrong = steps.flatMap((rows) =>
      rows.filter(({ logp, prompt, completion }, b) => {
        const twin = rows
          .slice(0, b)
          .find((row) => row.logp !== null && row.prompt === prompt && row.completion === completion);
        return logp !== null && twin !== undefined && differ(logp, twin.logp!);
      }),
    );
    expect(figures(mask, steps, null)).toContainEqual([twins, wrong.length]);
  },
};
