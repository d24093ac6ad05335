import fc from "fast-check";
import { expect } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { Outcome, Verdict } from "../../../src/uat/common/verdict.ts";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import {
  healthyEvidence,
  leaning,
  type Maker,
  manifest,
  unitDirection,
  vHackOf,
  withRows,
  withSteps,
} from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { judging } from "../judging.ts";

type JudgeR4 = (evidence: Evidence) => { readonly outcome: Outcome; readonly message: string };

const hackward = (seed: number) => unitDirection(seededRng(seed, "hackward"));

/** A gradient that says how long the completion is, and nothing else; pure hacks are shorter. */
function lengthOnly(direction: Float64Array): Maker {
  return {
    compLen: (rng, gtPass) => (gtPass ? 30 : 10) + rng.integer(20),
    gradient: (rng, _gtPass, compLen) => Float64Array.from(direction, (v) => rng.normal() + ((60 - compLen) / 8) * v),
  };
}

/** Smallest count c with P(Binomial(n, p) > c) <= failure. */
function binomialBound(n: number, p: number, failure: number): number {
  let tail = 1;
  let term = (1 - p) ** n;
  for (let c = 0; c <= n; c++) {
    tail -= term;
    if (tail <= failure) return c;
    term *= ((n - c) / (c + 1)) * (p / (1 - p));
  }
  return n;
}

const r4 = criteria.find(({ id }) => id === "R4")!;

const judgeR4 = (evidence: Evidence) => judge(r4, evidence);

const seeds = Array.from({ length: 30 }, (_, seed) => seed);

const v = unitDirection(seededRng(0, "hackward"));
const healthy = healthyEvidence(0, v, leaning(v, 6));
const other = vHackOf(unitDirection(seededRng(9, "other")), "w");

/** R4 judged on some of its conditions only. */
const r4Without = (dropped: RegExp) => (given: Evidence) =>
  judging((conditions) => conditions.filter(({ name }) => !dropped.test(name)))(r4, given);

const swapped = (given: Evidence) => {
  if (given.vanilla.kind !== "found") throw new Error("expected vanilla rows");
  const value = given.vanilla.value.map((step) => ({
    ...step,
    rows: step.rows.map((row) => ({ ...row, gtPass: !row.gtPass })),
  }));
  return judge(r4, { ...given, vanilla: { ...given.vanilla, value } });
};

const open = () => ({ outcome: "PASS", message: "" }) as const;

lawsOf<JudgeR4>("discrimination", judgeR4, (law) => {
  law("passes a planted direction: pure hacks lean along v_hack", {
    for: [fc.nat(1e6)],
    holds: (judgeR4, seed) => {
      const v = hackward(seed);
      expect(judgeR4(healthyEvidence(seed, v, leaning(v, 6)))).toMatchObject({ outcome: "PASS", message: "" });
    },
    numRuns: 8,
    rejects: {
      "buckets swapped": [swapped, 1],
      "a gate that never opens": [() => ({ outcome: "FAIL", message: "no" }), 1],
    },
  });

  law("refuses a random direction: PASS in at most 5% of draws, though the buckets differ", {
    else: "a random v_hack opens the gate in a third of the runs",
    for: [],
    holds: (judgeR4) => {
      const passes = seeds.filter((seed) => {
        const random = unitDirection(seededRng(seed, "random v"));
        return judgeR4(healthyEvidence(seed, random, leaning(hackward(seed), 9))).outcome === "PASS";
      });
      // p_rand < 0.05 is exact: each seed passes with probability at most 0.05
      expect(passes.length, `${passes.length} of ${seeds.length} random directions pass`).toBeLessThanOrEqual(
        binomialBound(seeds.length, 0.05, 1e-4),
      );
    },
    rejects: { "Welch's test alone": [r4Without(/p_rand/)] },
  });

  law('says "not specific" where Welch alone passes for a random direction', {
    for: [],
    holds: (judgeR4) => {
      const outcomes = seeds.map((seed) => {
        const random = unitDirection(seededRng(seed, "random v"));
        return judgeR4(healthyEvidence(seed, random, leaning(hackward(seed), 9))).outcome;
      });
      expect(outcomes.filter((outcome) => outcome === "PASS, not specific").length).toBeGreaterThan(
        binomialBound(seeds.length, 0.05, 0.5),
      );
    },
    rejects: { "a gate that never opens": [() => ({ outcome: "FAIL", message: "no" })] },
  });

  law("refuses equal buckets, at seeds 1 to 5", {
    for: [fc.constantFrom(1, 2, 3, 4, 5)],
    holds: (judgeR4, seed) => {
      const v = hackward(seed);
      const { outcome } = judgeR4(healthyEvidence(seed, v, leaning(v, 0)));
      // t > 2 has probability 0.024 under the null
      expect(outcome).toBe("FAIL");
    },
    examples: [[1], [2], [3], [4], [5]],
    numRuns: 5,
    rejects: { "a gate that always opens": [open, 1] },
  });

  law("refuses the opposite direction and says so", {
    for: [],
    holds: (judgeR4) => {
      const v = hackward(1);
      const { outcome, message } = judgeR4(healthyEvidence(1, v, leaning(v, -6)));
      expect(outcome).toBe("FAIL");
      expect(message).toMatch(/points the other way/);
    },
    rejects: { "buckets swapped": [swapped] },
  });

  law("names a length signal: gradient along v_hack proportional to length", {
    else: '"generic long-completion signal" passes for the hack direction',
    for: [fc.constantFrom(1, 2, 3, 4)],
    holds: (judgeR4, seed) => {
      const v = hackward(seed);
      const { outcome, message } = judgeR4(healthyEvidence(seed, v, lengthOnly(v)));
      expect(outcome).not.toBe("PASS");
      expect(message).toMatch(/length/);
    },
    examples: [[1], [2], [3], [4]],
    numRuns: 4,
    rejects: { "a test that is blind to length": [r4Without(/length/), 1] },
  });

  law("reports a bucket of no or one row with its counts", {
    else: "the third accident of the note repeats: one row in a bucket, t undefined",
    for: [fc.constantFrom(0, 1)],
    holds: (judgeR4, left) => {
      const v = hackward(1);
      const few = withRows(healthyEvidence(1, v, leaning(v, 6)), "vanilla", (row, i) => ({
        ...row,
        gtPass: left === 1 && row.step === 0 && i === 0,
      }));
      const { outcome, message } = judgeR4(few);
      expect(outcome).toBe("FAIL");
      expect(message).toMatch(/too small to test \(\d+ pure hacks, [01] hacks with a correct body\)/);
    },
    examples: [[0], [1]],
    numRuns: 2,
    rejects: { "a gate that always opens": [open, 0] },
  });

  law("recomputes: rows made with another v_hack -> FAIL that says so, unless the user named the file", {
    for: [],
    holds: (judgeR4) => {
      const swapped: Evidence = {
        ...healthy,
        vHack: { kind: "found", path: "other", value: { ...other, sha256: "v" } },
      };
      expect(judgeR4(swapped)).toMatchObject({
        outcome: "FAIL",
        message: expect.stringMatching(/rows were made with another v_hack/),
      });
      const given: Evidence = { ...healthy, vHackIsGiven: true, vHack: { kind: "found", path: "other", value: other } };
      expect(judgeR4(given).message).not.toMatch(/another v_hack/);
      const recorded = withRows(healthy, "vanilla", (row) => ({ ...row, cosSContrib: row.cosSContrib! + 2e-4 }));
      expect(judgeR4(recorded).message).toMatch(/rows were made with another v_hack/);
    },
    rejects: {
      "cosines uncompared": [r4Without(/^rows whose cos/)],
    },
  });

  law("rejects gradients of another replay: norms differ -> FAIL", {
    for: [],
    holds: (judgeR4) => {
      const foreign = withRows(healthy, "vanilla", (row) => ({ ...row, gradNormContrib: row.gradNormContrib! * 1.01 }));
      expect(judgeR4(foreign).message).toMatch(/gradient files belong to another replay/);
    },
    rejects: {
      "norms uncompared": [r4Without(/norm/)],
    },
  });

  law("rejects a v_hack of other modules or widths, and of another model", {
    for: [],
    holds: (judgeR4) => {
      const renamed = new Map([...other.vHack.modules].map(([name, directions]) => [`${name}x`, directions]));
      const misfit: Evidence = {
        ...healthy,
        vHack: { kind: "found", path: "other", value: { ...other, vHack: { ...other.vHack, modules: renamed } } },
      };
      expect(judgeR4(misfit)).toMatchObject({
        outcome: "FAIL",
        message: expect.stringMatching(/expected modules of the stored gradients, got ax/),
      });
      const foreign = withSteps(healthy, "vanilla", (steps) =>
        steps.map((step) => ({ ...step, manifest: manifest("replay", { modelHash: "another" }) })),
      );
      expect(judgeR4(foreign).message).toMatch(/model/);
    },
    rejects: {
      "the run's own v_hack for it": [(given) => judgeR4({ ...given, vHack: healthy.vHack })],
    },
  });

  law("reads the recorded column where nothing else is stored, and then never says PASS", {
    for: [],
    holds: (judgeR4) => {
      const bare: Evidence = {
        ...healthy,
        gradients: { kind: "missing", path: "vanilla", command: "vhack replay --arm vanilla" },
      };
      expect(judgeR4(bare)).toMatchObject({
        outcome: "PASS, not specific",
        message: expect.stringMatching(/specificity could not be measured/),
      });
    },
    rejects: {
      "ranks that nobody measured left out": [r4Without(/p_rand/)],
    },
  });
});

let moment = 0;

lawsOf<(evidence: Evidence) => Verdict>("R4", judgeR4, (law) => {
  law("is reproducible: the same evidence and seed give the same verdict", {
    for: [],
    holds: (judged) => {
      expect(judged({ ...healthy })).toEqual(judged(healthy)); // a copy: figures are kept per evidence
    },
    rejects: {
      "draws of the moment": [(given) => judgeR4({ ...given, seed: moment++ })],
    },
  });

  law("is invariant to the order of steps and rows within a step, up to the seeded draws' p", {
    for: [],
    holds: (judged) => {
      const { headline } = judged(healthy);
      const reversed = withSteps(healthy, "vanilla", (steps) => [...steps].reverse());
      expect(judged(reversed).headline).toBe(headline);
    },
    rejects: {
      "the first half of the steps": [
        (given) => judgeR4(withSteps(given, "vanilla", (steps) => steps.slice(0, steps.length / 2))),
      ],
    },
  });

  law("ranks controls beside v_hack", {
    for: [],
    holds: (judged) => {
      const { notes } = judged({
        ...healthy,
        controls: new Map([["shuffled.safetensors", { kind: "found", path: "c", value: other } as const]]),
      });
      expect(notes.find(({ label }) => label === "control shuffled.safetensors")!.text).toMatch(/^t -?\d/);
    },
    rejects: {
      "controls unread": [
        (given) =>
          judgeR4({
            ...given,
            controls: new Map([["shuffled.safetensors", { kind: "missing", path: "c", command: "" }]]),
          }),
      ],
    },
  });
});
