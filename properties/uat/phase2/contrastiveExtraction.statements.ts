import { expect } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import { discriminationReport } from "../../../src/uat/r4/discriminationReport.ts";
import type { Evidence, Found, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { Measurement } from "../../../src/uat/common/measurement.ts";
import { trajectoryArms, type Phase2Evidence, type TrajectoryArm } from "../../../src/uat/evidence/phase2Evidence.ts";
import { healthyEvidence, leaning, unitDirection, vHackOf, withSteps, world } from "../../support/evidence.ts";
import { measured } from "../../support/measured.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

type Measure = (evidence: Phase2Evidence) => Measurement;

const missing = { kind: "missing", path: "nowhere", command: "vhack grpo" } as const;
const arms = Object.fromEntries(trajectoryArms.map((arm) => [arm, missing])) as Record<TrajectoryArm, typeof missing>;
const direction = unitDirection(seededRng(1, "v"));

/** The turn, a dot product and a residual of r entries, and the arc. */
const angleBound = gamma(8 * Math.max(...world.widths), unitRoundoff64);

/** Four steps of a healthy run are enough to tell. */
export const antipasto: Evidence = withSteps(healthyEvidence(1, direction, leaning(direction, 6)), "vanilla", (steps) =>
  steps.slice(0, 4),
);

/** The run's v_hack with every module's direction turned by its own angle, in a plane drawn at random. */
export function turned(angles: readonly number[]): Found<VHackEvidence> {
  const aside = unitDirection(seededRng(2, "aside"));
  const flat = new Float64Array(direction.length);
  let offset = 0;
  world.widths.forEach((width, m) => {
    const [v, w] = [direction.subarray(offset, offset + width), aside.subarray(offset, offset + width)];
    const along = v.reduce((sum, x, j) => sum + x * w[j]!, 0);
    const length = Math.sqrt(1 - along * along);
    flat.set(
      v.map((x, j) => Math.cos(angles[m]!) * x + (Math.sin(angles[m]!) * (w[j]! - along * x)) / length),
      offset,
    );
    offset += width;
  });
  const { vHack, sha256 } = vHackOf(flat, "grpo");
  return {
    kind: "found",
    path: "v_hack_grpo",
    value: { sha256, vHack: { ...vHack, metadata: { ...vHack.metadata, loss: "grpo" } } },
  };
}

export function phase2Of(vHackGrpo: Found<VHackEvidence>): Phase2Evidence {
  return { antipasto, lora: antipasto, arms, vHackGrpo, pairMeansGrpo: missing };
}

export const contrastiveExtractionLaws = {
  /** Modules turned by more than 1e-4 rad count as apart; the note shows the least, middle and largest cosine. */
  measuresTheTurn(measure: Measure, angles: readonly number[]): void {
    const { conditions, notes } = measured(measure, phase2Of(turned(angles)));
    const apart = conditions.find(({ name }) => name === "share of modules whose directions differ");
    expect(apart).toMatchObject({
      value: angles.filter((angle) => angle > 1e-4).length / angles.length,
      relation: "more than",
      bound: 0.5,
      decides: "pass",
    });
    const [most, median, least] = angles.toSorted((a, b) => a - b).map(Math.cos);
    const { label, values, text } = notes[0]!;
    expect([label, Object.keys(values)]).toEqual(["cosine of the two v_hacks per module", ["least", "median", "most"]]);
    for (const [name, expected] of [
      ["least", least!],
      ["median", median!],
      ["most", most!],
    ] as const) {
      expectWithin(Number(values[name]), expected, angleBound, name);
      expect(text).toContain(Number(values[name]).toFixed(3));
    }
  },

  /** t, what decides specificity, the notes and pictures are R4's own, with the contrastive v_hack in the place of the run's. */
  judgesByR4(measure: Measure, vHackGrpo: Found<VHackEvidence>): void {
    const { path, headline, conditions, notes, figures } = measured(measure, phase2Of(vHackGrpo));
    const [nll, grpo] = [antipasto, { ...antipasto, vHack: vHackGrpo, vHackIsGiven: true, pairMeans: missing }].map(
      (evidence) => measured(discriminationReport, evidence),
    );
    const [tNll, tGrpo] = [nll!.conditions[0].value, grpo!.conditions[0].value];
    expect(path).toBe(vHackGrpo.path);
    expect(headline).toBe(`t ${tGrpo.toFixed(2)} (GRPO) against ${tNll.toFixed(2)} (NLL)`);
    expect(conditions[0]).toMatchObject({ value: tGrpo - tNll, relation: "at least", bound: 0, decides: "pass" });
    expect(conditions.filter(({ decides }) => decides === "pass").map(({ name }) => name)).toEqual([
      "t of the GRPO v_hack minus t of the NLL one",
      "share of modules whose directions differ",
      "files that say another loss",
      "v_hacks of other pairs or models",
    ]);
    expect(conditions.filter(({ decides }) => decides !== "pass")).toEqual(
      grpo!.conditions.filter(({ decides }) => decides === "specific"),
    );
    expect([notes.slice(1), figures]).toEqual([grpo!.notes, grpo!.figures]);
  },

  /** Where a module has two directions and one of them is turned, the turn counts, and once. */
  takesTheLargestAngle(measure: Measure, angles: readonly number[]): void {
    const axes = (turn: readonly number[]) => {
      const modules = world.moduleNames.map((name, m) => {
        const [r, angle] = [world.widths[m]!, turn[m]!];
        const v = new Float64Array(2 * r);
        v.set([Math.cos(angle), 0, Math.sin(angle)]);
        v[r + 1] = 1;
        return [name, { v, s: Float64Array.of(2, 1), k: 2, r }] as const;
      });
      return {
        ...turned(turn),
        value: { sha256: "two", vHack: { modules: new Map(modules), metadata: { loss: "grpo", model_hash: "model" } } },
      };
    };
    const { notes } = measured(measure, {
      ...phase2Of(axes(angles)),
      antipasto: { ...antipasto, vHack: axes([0, 0, 0]) },
    });
    expectWithin(Number(notes[0]!.values["least"]), Math.cos(Math.max(...angles)), angleBound, "least");
    expectWithin(Number(notes[0]!.values["most"]), Math.cos(Math.min(...angles)), angleBound, "most");
  },

  /** A file that misses a module is compared in the others. */
  comparesWhatBothHave(measure: Measure, angles: readonly number[]): void {
    const file = turned(angles);
    const modules = new Map([...file.value.vHack.modules].slice(1));
    const { notes } = measured(
      measure,
      phase2Of({ ...file, value: { ...file.value, vHack: { ...file.value.vHack, modules } } }),
    );
    const rest = angles.slice(1).map(Math.cos);
    expectWithin(Number(notes[0]!.values["least"]), Math.min(...rest), angleBound, "least");
    expectWithin(Number(notes[0]!.values["most"]), Math.max(...rest), angleBound, "most");
  },

  /** A file whose rows are all zero, or that knows none of the modules, gives no angle: it cannot be used. */
  refusesNoDirections(measure: Measure): void {
    const file = turned([0, 0, 0]);
    const { vHack } = vHackOf(new Float64Array(direction.length), "grpo");
    const zero = { ...file, value: { ...file.value, vHack: { ...vHack, metadata: file.value.vHack.metadata } } };
    expect(measure(phase2Of(zero))).toMatchObject({
      kind: "noEvidence",
      path: file.path,
      message: expect.stringMatching(/no module in common.*vhack extract --loss grpo/),
    });
  },
};
