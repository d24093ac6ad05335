import fc from "fast-check";
import { expect } from "vitest";
import type { RolloutRow } from "../../../src/artifact/rolloutRow.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { SampleGradients, ScoredTokens } from "../../../src/uat/evidence/sampleGradients.ts";
import { maskConsistency } from "../../../src/uat/r2/maskConsistency.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";

type Mask = typeof maskConsistency;

/** Log-probabilities by family: of one family, neighbours differ by less than a float32 NLL may (3e-5, relative above 1), first and third by more. */
const families = [
  [0, -3e-5],
  [-1, -1.00002, -1.00004],
  [-100, -100.002, -100.004],
] as const;

const [familyCount, memberCount] = [families.length, 3];

interface Nll {
  readonly family: number;
  readonly member: number;
}

/** A row by what may be wrong with it. */
interface MaskedRow {
  readonly ours: boolean; // whether its step has a manifest: the first row of a step decides
  readonly logp: Nll | null;
  readonly loss: Nll | null;
  readonly completion: number;
  readonly prompt: string;
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
      rows: rows.map(({ logp, loss, completion, prompt }) => {
        const nll = valueOf(loss);
        return {
          logpMean: valueOf(logp),
          perSampleLoss: nll === null ? null : -nll,
          prompt,
          completionIds: [20 + completion, 5, 9],
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

const nll = fc.option(
  fc.record({ family: fc.nat({ max: familyCount - 1 }), member: fc.nat({ max: memberCount - 1 }) }),
  { freq: 5 },
);

const row: fc.Arbitrary<MaskedRow> = fc.record({
  ours: fc.boolean(),
  logp: nll,
  loss: nll,
  completion: fc.nat({ max: 1 }),
  prompt: fc.constantFrom("a", "a", "b"),
  fault: fc.constantFrom("none", "place unsaid", "count", "first", "last", "late"),
});

const steps = fc.array(fc.array(row, { maxLength: 5 }), { minLength: 1, maxLength: 3 });

const masked: MaskedRow = {
  ours: true,
  logp: { family: 1, member: 0 },
  loss: { family: 1, member: 0 },
  completion: 0,
  prompt: "a",
  fault: "none",
};

const seeing =
  (change: (stage: StageEvidence) => StageEvidence): Mask =>
  (stage, gradients) =>
    maskConsistency(change(stage), gradients);

const rowsOf = (change: (row: RolloutRow) => RolloutRow) => (stage: StageEvidence) =>
  stage.map((step) => ({ ...step, rows: step.rows.map(change) }));

const other: MaskedRow = { ...masked, loss: { family: 1, member: 2 } };
const twin: MaskedRow = { ...masked, logp: { family: 2, member: 0 } };

lawsOf("maskConsistency", maskConsistency, (law) => {
  law("counts misplaced tokens: another count, first or last id, or place of the logits than the row's", {
    else: "a mask that is off by one passes where the engine itself says what it scored",
    for: [steps, fc.nat({ max: 3 })],
    holds: (mask, steps, silent) => {
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
    rejects: {
      "the place unread": [
        (stage, gradients) => {
          const scored = [...(gradients?.scoredBySteps ?? [])].map(
            ([step, rows]) => [step, rows.map((row) => ({ ...row, from: null }))] as const,
          );
          return maskConsistency(stage, gradients === null ? null : { ...gradients, scoredBySteps: new Map(scored) });
        },
        [[{ ...masked, fault: "late" }]],
        1,
      ],
      "all unread": [(stage) => maskConsistency(stage, null), [[{ ...masked, fault: "first" }]], 1],
    },
  });

  law("counts other losses: |per_sample_loss + logp_mean| > 3e-5 max(1, |per_sample_loss|, |logp_mean|)", {
    else: "the gradients are of a loss averaged over pads",
    for: [steps],
    holds: (mask, steps) => {
      const wrong = steps
        .filter((rows) => rows[0]?.ours)
        .flat()
        .filter((row) => row.logp !== null && row.loss !== null && differ(row.logp, row.loss));
      expect(figures(mask, steps, null)).toContainEqual([loss, wrong.length]);
    },
    rejects: {
      "the research code's rows judged": [
        seeing((stage) => stage.map((step) => ({ ...step, manifest: manifest("replay", {}) }))),
        [[{ ...other, ours: false }]],
      ],
      "ours not": [seeing((stage) => stage.map((step) => ({ ...step, manifest: null }))), [[other]]],
    },
  });

  law("counts unequal twins: same prompt and tokens in one step, another NLL", {
    else: "padding or a neighbour enters the loss unseen",
    for: [steps],
    holds: (mask, steps) => {
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
    rejects: {
      "padding compared": [
        seeing(rowsOf((row) => ({ ...row, completionIds: [...row.completionIds, row.sampleId] }))),
        [[masked, twin]],
      ],
      "prompts mixed": [seeing(rowsOf((row) => ({ ...row, prompt: "" }))), [[masked, { ...twin, prompt: "b" }]]],
      "steps mixed": [
        seeing((stage) => stage.slice(0, 1).map((step) => ({ ...step, rows: stage.flatMap(({ rows }) => rows) }))),
        [[masked], [twin]],
      ],
    },
  });
});
