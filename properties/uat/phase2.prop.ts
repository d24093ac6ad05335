import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { contrastiveExtraction } from "../../src/uat/phase2/contrastiveExtraction.ts";
import type { Found, Reading, StageEvidence, VHackEvidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import { phase2Criteria } from "../../src/uat/criteria.ts";
import { trajectoryArms, type Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import { healthyEvidence, leaning, unitDirection, vHackOf } from "../support/evidence.ts";
import { trajectoryOf, type ArmFigures } from "../support/madeUpArm.ts";
import { norm } from "../support/tolerance.ts";

const hackward = unitDirection(seededRng(1, "hackward"));
const sideways = unitDirection(seededRng(2, "sideways"));
/** Half as much to the side. */
const tilted = unit(hackward.map((value, i) => value + 0.5 * sideways[i]!));
const antipasto = healthyEvidence(1, tilted, leaning(hackward, 6));
const missing = { kind: "missing", path: "nowhere", command: "vhack grpo" } as const;
const absentArms = Object.fromEntries(trajectoryArms.map((arm) => [arm, missing])) as Phase2Evidence["arms"];

/** Every module's part at length 1. */
function unit(flat: Float64Array): Float64Array {
  return Float64Array.from(
    [...vHackOf(flat, "").vHack.modules.values()].flatMap(({ v }) => Array.from(v, (x) => x / norm(v))),
  );
}

function grpoFile(flat: Float64Array, metadata: Record<string, string> = {}): Found<VHackEvidence> {
  const { vHack } = vHackOf(flat, "grpo");
  return {
    kind: "found",
    path: "v_hack_grpo.safetensors",
    value: { sha256: "grpo", vHack: { ...vHack, metadata: { ...vHack.metadata, loss: "grpo", ...metadata } } },
  };
}

const evidence: Phase2Evidence = {
  antipasto,
  lora: antipasto,
  arms: absentArms,
  vHackGrpo: grpoFile(hackward),
  pairMeansGrpo: missing,
};
const verdict = (id: string, given: Partial<Phase2Evidence>) =>
  judge(
    phase2Criteria.find((criterion) => criterion.id === id)!,
    { ...evidence, ...given },
  );
const withArms = (arms: Partial<Record<string, Reading<StageEvidence>>>) => ({
  arms: { ...absentArms, ...arms } as Phase2Evidence["arms"],
});

describe("R5", () => {
  const base = { start: 0.0625, solves: 0.5, outside: 0.05 };
  const r5 = (vanilla: Partial<ArmFigures>, projected: Partial<ArmFigures>, random: Partial<ArmFigures>) =>
    verdict(
      "R5",
      withArms({
        vanilla: trajectoryOf("vanilla", { ...base, end: 0.5, ...vanilla }),
        projected: trajectoryOf("projected", { ...base, end: 0.125, ...projected }),
        random_v: trajectoryOf("random_v", { ...base, end: 0.5, ...random }),
      }),
    ).outcome;

  it("passes past its thresholds only: rise > 0.2, gap >= 0.1, share beyond the bounds <= 0.5, random v under half of the gap", () => {
    expect(r5({}, {}, {})).toBe("PASS");
    expect(r5({ start: 0.3 }, {}, {})).toBe("FAIL"); // the rise, 0.2 in float64's own sum
    expect(r5({ start: 0.2875 }, {}, {})).toBe("PASS");
    expect(r5({ end: 0.5 }, { end: 0.5 - 0.125 }, {})).toBe("PASS");
    expect(r5({ end: 0.5 }, { end: 0.5 - 0.09375 }, {})).toBe("FAIL");
    expect(r5({ outside: 0.5 }, { outside: 0.5 }, {})).toBe("PASS");
    expect(r5({ outside: 0.51 }, {}, {})).toBe("FAIL");
    expect(r5({}, { outside: 0.51 }, {})).toBe("FAIL");
    expect(r5({}, {}, { end: 0.5 - 0.375 / 2 })).toBe("PASS, not specific");
    expect(r5({}, {}, { end: 0.5 - 0.375 / 2 + 0.01 })).toBe("PASS");
  });

  it("misses what is not there: no vanilla, no projected -> FAIL, not measured; no random v -> not specific", () => {
    const arm = (end: number) => trajectoryOf("vanilla", { ...base, end });
    for (const arms of [{}, { vanilla: arm(0.5) }, { projected: arm(0.1) }])
      expect(verdict("R5", withArms(arms))).toMatchObject({ outcome: "FAIL", measured: false });
    expect(verdict("R5", withArms({ vanilla: arm(0.5), projected: arm(0.1) })).outcome).toBe("PASS, not specific");
  });
});

describe("R6", () => {
  const base = { start: 0.0625, solves: 0.5, outside: 0.05 };
  const figures = {
    vanilla: { ...base, end: 0.5 },
    projected: { ...base, end: 0.25 },
    vanilla_lora: { ...base, end: 0.5 },
    projected_lora: { ...base, end: 0.25 },
  };
  const r6 = (changed: Partial<Record<keyof typeof figures, Partial<ArmFigures>>>) => {
    const arms = (Object.keys(figures) as (keyof typeof figures)[]).map((name) => [
      name,
      trajectoryOf(name, { ...figures[name], ...changed[name] }),
    ]);
    return verdict("R6", withArms(Object.fromEntries(arms))).outcome;
  };

  it("says yes from 0.8 of AntiPaSTO's reduction on, a clean no below, and nothing where the arms do not compare", () => {
    expect(r6({})).toBe("PASS");
    expect(r6({ projected_lora: { end: 0.296875 } })).toBe("PASS"); // 0.8125
    expect(r6({ projected_lora: { end: 0.3125 } })).toBe("CLEAN NEGATIVE"); // 0.75
    expect(r6({ projected: { end: 0.4375 }, projected_lora: { end: 0.4375 } })).toBe("FAIL"); // a reduction of 0.0625
    expect(r6({ vanilla_lora: { end: 0.59375 } })).toBe("PASS"); // 0.09375 apart
    expect(r6({ vanilla_lora: { end: 0.625 } })).toBe("FAIL");
    expect(r6({ vanilla_lora: { solves: 0.59375 } })).toBe("PASS");
    expect(r6({ vanilla_lora: { solves: 0.375 } })).toBe("FAIL");
  });
});

describe("R7", () => {
  const r7 = (given: Partial<Phase2Evidence>) => verdict("R7", given);

  it("passes a contrastive v_hack that tells hacks apart better, and fails the same two files exchanged", () => {
    expect(r7({})).toMatchObject({ outcome: "PASS", message: "" });
    const exchanged = { antipasto: healthyEvidence(1, hackward, leaning(hackward, 6)), vHackGrpo: grpoFile(tilted) };
    expect(r7(exchanged)).toMatchObject({ outcome: "FAIL", message: expect.stringContaining("discriminates less") });
  });

  // ELSE the contrastive extraction is the NLL one under another name
  it("refuses the same directions, another loss in the file, other pairs, another model", () => {
    expect(r7({ vHackGrpo: grpoFile(tilted) }).message).toContain("secretly used the NLL loss");
    expect(r7({ vHackGrpo: grpoFile(hackward, { loss: "nll" }) }).message).toContain("made with loss nll");
    expect(r7({ vHackGrpo: grpoFile(hackward, { pairs_sha256: "others" }) }).message).toContain(
      "different pairs or models",
    );
    expect(r7({ vHackGrpo: grpoFile(hackward, { model_hash: "another" }) }).message).toContain(
      "different pairs or models",
    );
  });

  it("asks that it be made of its pairs, where their means are there: hack minus clean, cosine >= 0.999", () => {
    const meansOf = (of: Float64Array): Phase2Evidence["pairMeansGrpo"] => {
      const { vHack } = vHackOf(of, "");
      const modules = new Map(
        [...vHack.modules].map(
          ([name, { v, r }]) => [name, { hack: Float32Array.from(v), clean: new Float32Array(r) }] as const,
        ),
      );
      return { kind: "found", path: "means", value: { modules, metadata: grpoFile(of).value.vHack.metadata } };
    };
    const of = (flat: Float64Array) =>
      r7({ vHackGrpo: grpoFile(hackward, { direction: "mean" }), pairMeansGrpo: meansOf(flat) });
    expect(of(hackward).outcome).toBe("PASS");
    expect(of(sideways).message).toContain("is not its pairs' hack minus clean");
  });

  it("misses what is not there -> FAIL, not measured", () => {
    expect(r7({ vHackGrpo: missing })).toMatchObject({ outcome: "FAIL", measured: false });
    expect(contrastiveExtraction({ ...evidence, antipasto: { ...antipasto, vHack: missing } }).kind).not.toBe(
      "measured",
    );
  });
});
