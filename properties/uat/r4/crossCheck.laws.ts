import fc from "fast-check";
import { expect } from "vitest";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import type { Evidence, StageEvidence, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import { crossCheck } from "../../../src/uat/r4/crossCheck.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { healthy } from "../../support/healthyRun.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { goldenTolerance, norm } from "../../support/tolerance.ts";

type CrossCheck = (
  given: Pick<Evidence, "vHackIsGiven">,
  vanilla: StageEvidence,
  gradients: SampleGradients,
  vHack: VHackEvidence,
  direction: Float64Array,
) => readonly Condition[];

/** A stored gradient of two modules of two numbers each, and what its row records. */
interface Recorded {
  readonly gradient: readonly number[];
  readonly normOff: number; // by how many tolerances the recorded norm is off
  readonly cosineOff: number;
  readonly isMissing: boolean; // the row records neither
}

/** v_hack of a unit vector in either module: cosines reach sqrt 2. */
const direction = Float64Array.of(0.6, 0.8, 0, -1);

const vHack: VHackEvidence = { vHack: { modules: new Map(), metadata: {} }, sha256: "v" };

/** cos_S by the definition; 0 where there is no gradient. */
function cosine(gradient: readonly number[]): number {
  const length = norm(gradient);
  return length === 0 ? 0 : gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0) / length;
}

const cosineTolerance = (gradient: readonly number[]) =>
  goldenTolerance.cosines * Math.max(1, Math.abs(cosine(gradient)));

function stageOf(
  told: readonly Recorded[],
  hashes: readonly (string | null)[],
): { stage: StageEvidence; gradients: SampleGradients } {
  const rows = told.map(({ gradient, normOff, cosineOff, isMissing }, sampleId) =>
    rolloutRow({
      sampleId,
      gradNormContrib: isMissing ? null : norm(gradient) * (1 + normOff * goldenTolerance.gradients),
      cosSContrib: isMissing ? null : cosine(gradient) + cosineOff * cosineTolerance(gradient),
    }),
  );
  const stored = told.map(({ gradient }) => Float32Array.from(gradient));
  return {
    // later steps have no gradient file: nothing can be said of them
    stage: hashes.map((vHackHash, step) => ({
      step,
      path: "",
      rows,
      manifest: vHackHash === null ? null : manifest("replay", { vHackHash }),
    })),
    gradients: {
      moduleNames: ["a", "b"],
      widths: Int32Array.of(2, 2),
      bySteps: new Map([[0, stored]]),
      scoredBySteps: new Map(),
    },
  };
}

const check: CrossCheck = (given, ...rest) => crossCheck({ ...healthy, ...given }, ...rest);

const percent = fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 110, max: 1e5 }));

const off = fc.tuple(fc.constantFrom(-1, 1), percent).map(([sign, size]) => (sign * size) / 100);

const gradient = fc.oneof(
  { arbitrary: fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 4, maxLength: 4 }), weight: 3 },
  fc.constantFrom([0, 0, 0, 0], [3, 4, 0, -5]), // no direction; the direction itself, whose cosine is sqrt 2
);

const recorded: fc.Arbitrary<Recorded> = fc.record({ gradient, normOff: off, cosineOff: off, isMissing: fc.boolean() });

/** The rows seen otherwise than they were recorded. */
const recordedAs =
  (change: (row: { cosSContrib: number | null; gradNormContrib: number | null }) => object): CrossCheck =>
  (given, vanilla, ...rest) =>
    check(
      given,
      vanilla.map((step) => ({ ...step, rows: step.rows.map((row) => ({ ...row, ...change(row) })) })),
      ...rest,
    );

const firstRow: CrossCheck = (given, vanilla, ...rest) =>
  check(
    given,
    vanilla.map((step) => ({ ...step, rows: step.rows.slice(0, 1) })),
    ...rest,
  );

const row = { gradient: [3, 1, 2, 1], normOff: 0, cosineOff: 0, isMissing: false };
const rows = [row, { ...row, normOff: 3, cosineOff: 3 }, { ...row, isMissing: true }];

lawsOf<CrossCheck>("crossCheck", check, (law) => {
  law("counts the rows that are off by more than the tolerance, and no other", {
    else: "rows, gradients and v_hack of three different runs are judged as one",
    for: [fc.array(recorded, { maxLength: 5 })],
    holds: (check, told) => {
      const { stage, gradients } = stageOf(told, ["v", "v"]);
      const compared = told.filter(({ isMissing }) => !isMissing);
      const norms = compared.filter(({ gradient, normOff }) => norm(gradient) > 0 && Math.abs(normOff) > 1).length;
      const off = compared.filter(({ gradient, cosineOff }) => norm(gradient) > 0 && Math.abs(cosineOff) > 1);
      const conditions = check({ vHackIsGiven: false }, stage, gradients, vHack, direction);
      expect(conditions.map(({ value }) => value)).toEqual([norms, off.length]);
      expect(
        conditions.every(({ relation, bound, decides }) => relation === "at most" && bound === 0 && decides === "pass"),
      ).toBe(true);
    },
    rejects: {
      "norms unseen": [
        (...given) => check(...given).map((condition, i) => (i === 0 ? { ...condition, value: 0 } : condition)),
        rows,
      ],
      "the first row alone": [firstRow, rows],
      "what is missing read as 0": [
        recordedAs(({ cosSContrib, gradNormContrib }) => ({
          cosSContrib: cosSContrib ?? 0,
          gradNormContrib: gradNormContrib ?? 0,
        })),
        rows,
      ],
    },
  });

  law("states the largest deviation", {
    for: [
      fc.array(
        fc.integer({ min: 1, max: 9 }).chain((tenth) => fc.constantFrom(tenth, -tenth)),
        { minLength: 1, maxLength: 4 },
      ),
    ],
    holds: (check, tenths) => {
      const rows = tenths.map((tenth) => ({
        gradient: [1, 0, 0, 0],
        normOff: 0,
        cosineOff: tenth / 10 / goldenTolerance.cosines,
        isMissing: false,
      }));
      const { stage, gradients } = stageOf(rows, ["v", "v"]);
      const [, cosines] = check({ vHackIsGiven: false }, stage, gradients, vHack, direction);
      expect(cosines!.cause).toContain(`by up to ${(Math.max(...tenths.map(Math.abs)) / 10).toExponential(1)}`);
    },
    rejects: { "the first": [firstRow, [1, -4, 2]] },
  });

  law("compares cosines unless the user named another file than the rows were made with", {
    else: "a v_hack that the user names fails for not being the one of the replay",
    for: [fc.boolean(), fc.array(fc.constantFrom<(string | null)[]>("v", "w", null), { minLength: 1, maxLength: 3 })],
    holds: (check, vHackIsGiven, hashes) => {
      const { stage, gradients } = stageOf(
        [{ gradient: [1, 0, 0, 0], normOff: 0, cosineOff: 0, isMissing: false }],
        hashes,
      );
      expect(check({ vHackIsGiven }, stage, gradients, vHack, direction)).toHaveLength(
        vHackIsGiven && !hashes.includes(vHack.sha256) ? 1 : 2,
      );
    },
    rejects: {
      "a named file never compared": [
        (given, ...rest) => check(given, ...rest).slice(0, given.vHackIsGiven ? 1 : 2),
        true,
        ["v"],
      ],
      "a named file always compared": [(_given, ...rest) => check({ vHackIsGiven: false }, ...rest), true, ["w", null]],
    },
  });

  law("accepts the tolerance itself", {
    for: [],
    holds: (check) => {
      const across = { gradient: [0, 0, 1, 0], normOff: 0, cosineOff: 1, isMissing: false };
      const { stage, gradients } = stageOf([across, { ...across, gradient: [0, 0, 0, 0] }], ["v", "v"]);
      const conditions = check({ vHackIsGiven: false }, stage, gradients, vHack, direction);
      expect(conditions.map(({ value }) => value)).toEqual([0, 0]);
    },
    rejects: { "half of it": [recordedAs(({ cosSContrib }) => ({ cosSContrib: cosSContrib! * 2 }))] },
  });
});
