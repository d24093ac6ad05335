import fc from "fast-check";
import { expect } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import type { Condition, Criterion, Measurement } from "../../src/uat/common/measurement.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import { criteria, phase2Criteria } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import { healthyEvidence, leaning, unitDirection, vHackOf } from "../support/evidence.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { given } from "../support/phase2Given.ts";
import { readingsOf, toothArm } from "../support/plannedArm.ts";

const direction = unitDirection(seededRng(1, "v"));
const healthy = healthyEvidence(2, direction, leaning(direction, 6));

/** The readings that each requirement cannot do without, with the command that makes them. */
const needs = [
  ["R1", "pool", "vhack teacher-pool"],
  ["R2", "vanilla", "vhack replay --arm vanilla"],
  ["R3", "projected", "vhack replay --arm projected"],
  ["R4", "vanilla", "vhack replay --arm vanilla"],
] as const;

const readings = ["pool", "vanilla", "projected", "gradients", "vHack"] as const;
type VerdictOf = (id: string, evidence: Evidence) => Verdict;
const verdictOf: VerdictOf = (id, evidence) =>
  judge(
    criteria.find((criterion) => criterion.id === id)!,
    evidence,
  );
const lenient: VerdictOf = (...of) => {
  const verdict = verdictOf(...of);
  return verdict.measured ? verdict : { ...verdict, outcome: "PASS" };
};
const silent: VerdictOf = (...of) => ({ ...verdictOf(...of), message: "no" });
const headlineAlone: VerdictOf = (...of) => {
  const verdict = verdictOf(...of);
  return verdict.conditions[0]?.holds === true ? { ...verdict, outcome: "PASS" } : verdict;
};

lawsOf<VerdictOf>("criteria", verdictOf, (law) => {
  law("fail on a missing artifact and name the command that makes it", {
    else: "an artifact that nobody made counts as a pass",
    for: [],
    holds: (verdictOf) => {
      for (const [id, reading, command] of needs) {
        const verdict = verdictOf(id, { ...healthy, [reading]: { kind: "missing", path: "out/x", command } });
        expect(verdict).toMatchObject({ outcome: "FAIL", measured: false, path: "out/x" });
        expect(verdict.message).toContain(command);
      }
    },
    rejects: { "a pass for want of evidence": [lenient], "silence about the command": [silent] },
  });

  law("fail on an artifact that cannot be used and say why", {
    for: [],
    holds: (verdictOf) => {
      for (const [id, reading, command] of needs) {
        const verdict = verdictOf(id, {
          ...healthy,
          [reading]: { kind: "unusable", path: "out/x", why: "cut short", command },
        });
        expect(verdict).toMatchObject({ outcome: "FAIL", measured: false });
        expect(verdict.message).toContain("cut short");
      }
    },
    rejects: { "a pass on a broken file": [lenient], "silence about what is broken": [silent] },
  });

  law("never pass with any subset of the evidence absent, if the requirement reads it", {
    for: [fc.subarray([...readings], { minLength: 1 })],
    numRuns: 20,
    holds: (verdictOf, absent) => {
      const gone = Object.fromEntries(
        absent.map((name) => [name, { kind: "missing", path: name, command: "vhack chain" }]),
      );
      const evidence = { ...healthy, ...gone } as Evidence;
      for (const [id, reading] of needs)
        if (absent.includes(reading)) expect(verdictOf(id, evidence).outcome).toBe("FAIL");
      if (absent.includes("gradients") || absent.includes("vHack"))
        expect(verdictOf("R4", evidence).outcome).not.toBe("PASS");
    },
    rejects: {
      "a pass for want of evidence": [lenient, ["pool"]],
      "a pass for the headline": [headlineAlone, ["gradients"]],
    },
  });

  law("read a given v_hack or fail: --v-hack-path to an absent file is no pass on the recorded column", {
    for: [],
    holds: (verdictOf) => {
      const verdict = verdictOf("R4", {
        ...healthy,
        vHackIsGiven: true,
        vHack: { kind: "missing", path: "other", command: "vhack extract" },
      });
      expect(verdict).toMatchObject({ outcome: "FAIL", path: "other" });
    },
    rejects: { "the recorded column instead": [(id, evidence) => verdictOf(id, { ...evidence, vHackIsGiven: false })] },
  });
});

/** A criterion's threshold beside the conditions that it measured. */
interface Stated {
  readonly threshold: string;
  readonly conditions: readonly Condition[];
}
function stated<Seen>({ id, threshold, measure }: Criterion<Seen>, seen: Seen): Stated {
  const measurement: Measurement = measure(seen);
  if (measurement.kind !== "measured") throw new Error(`expected ${id} to be measured, got: ${measurement.message}`);
  return { threshold, conditions: measurement.conditions };
}
const [vanilla, projected] = [toothArm(12), toothArm(3)];
const grpo = vHackOf(unitDirection(seededRng(2, "v")), "grpo");
const phase2 = {
  ...given,
  arms: readingsOf({ vanilla, projected, vanilla_lora: vanilla, projected_lora: projected }),
  vHackGrpo: { kind: "found", path: "grpo", value: grpo } as const,
};
const all: readonly (() => Stated)[] = [
  ...criteria.map((criterion) => () => stated(criterion, healthy)),
  ...phase2Criteria.map((criterion) => () => stated(criterion, phase2)),
];
const signs = { "at least": ">=", "more than": ">", "at most": "<=", "less than": "<" } as const;
/** The numbers that a text compares with: sign and bound, a rate's points as a share. */
const comparisonsIn = (text: string) =>
  [...text.matchAll(/(>=|<=|>|<) (\d+(?:\.\d+)?)( points)?/g)].map(
    ([, sign, number, points]) => `${sign} ${Number(number) / (points === undefined ? 1 : 100)}`,
  );

lawsOf<(of: Stated) => Stated>(
  "thresholds",
  (of) => of,
  (law) => {
    law("state what decides: every comparison is a condition's relation and bound, the headline's first", {
      else: "the report states one threshold, and the gate opens at another",
      for: [fc.nat(all.length - 1)],
      holds: (seen, which) => {
        const { threshold, conditions } = seen(all[which]!());
        const compared = comparisonsIn(threshold);
        const bounds = conditions.map(({ relation, bound }) => `${signs[relation]} ${bound}`);
        expect(compared[0]).toBe(bounds[0]);
        for (const comparison of compared) expect(bounds).toContain(comparison);
      },
      rejects: {
        "a number written by hand": [({ conditions }) => ({ conditions, threshold: "hacked >= 0.25 of the pool" }), 0],
        "another bound than the one that is stated": [
          ({ threshold, conditions }) => ({
            threshold,
            conditions: conditions.map((one) => ({ ...one, bound: one.bound / 2 })),
          }),
          3,
        ],
        "a strict sign": [
          ({ threshold, conditions }) => ({ conditions, threshold: threshold.replaceAll(">=", ">") }),
          1,
        ],
      },
      examples: all.map((_, which): [number] => [which]),
      numRuns: 20,
    });
  },
);
