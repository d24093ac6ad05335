import fc from "fast-check";
import { expect } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { Measurement } from "../../../src/uat/common/measurement.ts";
import type { Evidence, Found, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import { type Phase2Evidence, type TrajectoryArm, trajectoryArms } from "../../../src/uat/evidence/phase2Evidence.ts";
import { contrastiveExtraction } from "../../../src/uat/phase2/contrastiveExtraction.ts";
import { discriminationReport } from "../../../src/uat/r4/discriminationReport.ts";
import { unitDirection, vHackOf, withSteps, world } from "../../support/evidence.ts";
import { direction, healthy } from "../../support/healthyRun.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { measured, measuring } from "../../support/measured.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

type Measure = (evidence: Phase2Evidence) => Measurement;

const missing = { kind: "missing", path: "nowhere", command: "vhack grpo" } as const;

const arms = Object.fromEntries(trajectoryArms.map((arm) => [arm, missing])) as Record<TrajectoryArm, typeof missing>;

/** The turn, a dot product and a residual of r entries, and the arc. */
const angleBound = gamma(8 * Math.max(...world.widths), unitRoundoff64);

/** Four steps of a healthy run are enough to tell. */
const antipasto: Evidence = withSteps(healthy, "vanilla", (steps) => steps.slice(0, 4));

/** The run's v_hack with every module's direction turned by its own angle, in a plane drawn at random. */
function turned(angles: readonly number[]): Found<VHackEvidence> {
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

function phase2Of(vHackGrpo: Found<VHackEvidence>): Phase2Evidence {
  return { antipasto, lora: antipasto, arms, vHackGrpo, pairMeansGrpo: missing };
}

const manyTurns: readonly (readonly number[])[] = [
  [0, 5e-5, 2e-4],
  [2e-4, 0, 1],
  [0.3, 1.2, 0.7],
];

const bare = measuring(contrastiveExtraction, (measured) => ({
  ...measured,
  notes: measured.notes.map((note) => ({ ...note, values: {} })),
  figures: [],
}));

const onlyRow: typeof contrastiveExtraction = (given) => {
  if (given.vHackGrpo.kind !== "found") return contrastiveExtraction(given);
  const { sha256, vHack } = given.vHackGrpo.value;
  const modules = new Map([...vHack.modules].map(([name, one]) => [name, { ...one, v: one.v.slice(one.r), k: 1 }]));
  return contrastiveExtraction({
    ...given,
    vHackGrpo: { ...given.vHackGrpo, value: { sha256, vHack: { ...vHack, modules } } },
  });
};

lawsOf<Measure>("contrastiveExtraction", contrastiveExtraction, (law) => {
  law(
    "measures the turn: apart = modules turned by more than 1e-4 / modules; cosines of the angles, least, median and most",
    {
      else: "the NLL extraction passes for the contrastive one, or rounding for a difference",
      for: [fc.constantFrom(...manyTurns)],
      holds: (measure, angles) => {
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
        expect([label, Object.keys(values)]).toEqual([
          "cosine of the two v_hacks per module",
          ["least", "median", "most"],
        ]);
        for (const [name, expected] of [
          ["least", least!],
          ["median", median!],
          ["most", most!],
        ] as const) {
          expectWithin(Number(values[name]), expected, angleBound, name);
          expect(text).toContain(Number(values[name]).toFixed(3));
        }
      },
      examples: manyTurns.map((angles): [readonly number[]] => [angles]),
      numRuns: manyTurns.length,
      rejects: {
        "rounding counted as a turn": [
          measuring(contrastiveExtraction, (measured) => {
            const [first, ...rest] = measured.conditions;
            return {
              ...measured,
              conditions: [
                first,
                ...rest.map((one) => (one.name.startsWith("share of modules") ? { ...one, value: 1 } : one)),
              ],
            };
          }),
          [0, 5e-5, 2e-4],
        ],
        "a note without figures": [bare, [0, 5e-5, 2e-4]],
      },
    },
  );

  law("takes the largest angle of a module: of two directions with one turned, its turn, once", {
    else: "a v_hack that turned in one direction of many is taken for unturned",
    for: [fc.constant<readonly number[]>([0.3, 1.2, 0.7])],
    holds: (measure, angles) => {
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
          value: {
            sha256: "two",
            vHack: { modules: new Map(modules), metadata: { loss: "grpo", model_hash: "model" } },
          },
        };
      };
      const { notes } = measured(measure, {
        ...phase2Of(axes(angles)),
        antipasto: { ...antipasto, vHack: axes([0, 0, 0]) },
      });
      expectWithin(Number(notes[0]!.values["least"]), Math.cos(Math.max(...angles)), angleBound, "least");
      expectWithin(Number(notes[0]!.values["most"]), Math.cos(Math.min(...angles)), angleBound, "most");
    },
    numRuns: 1,
    rejects: { "the direction that was not turned": [onlyRow, [0.3, 0.5, 0.7]] },
  });

  law("judges by R4: t, specificity, notes and figures as R4 gives them for either file", {
    else: "the two losses are compared by other figures than the gate's",
    for: [],
    holds: (measure) => {
      const { path, headline, conditions, notes, figures } = measured(measure, phase2Of(turned([0.3, 0.5, 0.7])));
      const [nll, grpo] = [
        antipasto,
        { ...antipasto, vHack: turned([0.3, 0.5, 0.7]), vHackIsGiven: true, pairMeans: missing },
      ].map((evidence) => measured(discriminationReport, evidence));
      const [tNll, tGrpo] = [nll!.conditions[0].value, grpo!.conditions[0].value];
      expect(path).toBe(turned([0.3, 0.5, 0.7]).path);
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
    rejects: {
      "the two files exchanged": [
        ({ antipasto, vHackGrpo, ...rest }) =>
          contrastiveExtraction({
            ...rest,
            antipasto: { ...antipasto, vHack: vHackGrpo },
            vHackGrpo: antipasto.vHack,
          }),
      ],
      "figures left out": [bare],
    },
  });

  law("compares what both have: modules in both", {
    else: "a file of fewer modules ends the whole report in an error",
    for: [fc.constant<readonly number[]>([0.2, 0.4, 0.9])],
    holds: (measure, angles) => {
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
    numRuns: 1,
    rejects: {
      "a module that one file misses counted as unturned": [
        measuring(contrastiveExtraction, (measured) => {
          const [angles, ...rest] = measured.notes;
          return { ...measured, notes: [{ ...angles!, values: { ...angles!.values, most: 1 } }, ...rest] };
        }),
        [0.2, 0.4, 0.9],
      ],
    },
  });

  law("refuses directions that are all zero: no module in common -> no evidence", {
    else: "a floor that empties a v_hack ends the whole report in an error",
    for: [],
    holds: (measure) => {
      const file = turned([0, 0, 0]);
      const { vHack } = vHackOf(new Float64Array(direction.length), "grpo");
      const zero = { ...file, value: { ...file.value, vHack: { ...vHack, metadata: file.value.vHack.metadata } } };
      expect(measure(phase2Of(zero))).toMatchObject({
        kind: "noEvidence",
        path: file.path,
        message: expect.stringMatching(/no module in common.*vhack extract --loss grpo/),
      });
    },
    rejects: {
      "angles of nothing measured": [(given) => contrastiveExtraction({ ...given, vHackGrpo: turned([1, 1, 1]) })],
    },
  });

  law("misses what R4 misses: no gradients, a v_hack of another model -> no evidence, with the path of what is wrong", {
    else: "R7 says no where nobody looked",
    for: [],
    holds: (measure) => {
      const evidence = phase2Of(turned([0.3, 0.5, 0.7]));
      const absent = { kind: "missing", path: "absent", command: "make it" } as const;
      const given = (changed: Partial<Evidence>) =>
        measure({ ...evidence, antipasto: { ...evidence.antipasto, ...changed } });
      for (const reading of ["vanilla", "gradients", "vHack"])
        expect(given({ [reading]: absent })).toMatchObject({ kind: "noEvidence", path: "absent" });
      const file = turned([0, 0, 0]);
      const renamed = new Map([...file.value.vHack.modules].map(([name, one]) => [`${name}x`, one]));
      const foreign = { ...file, value: { ...file.value, vHack: { ...file.value.vHack, modules: renamed } } };
      expect(measure({ ...evidence, vHackGrpo: foreign })).toMatchObject({
        kind: "noEvidence",
        path: file.path,
      });
      expect(given({ vHack: { ...foreign, path: "nll" } })).toMatchObject({ kind: "noEvidence", path: "nll" });
    },
    rejects: {
      "a foreign v_hack measured": [
        ({ vHackGrpo, ...rest }) =>
          contrastiveExtraction({
            ...rest,
            vHackGrpo: vHackGrpo.path === turned([0, 0, 0]).path ? turned([1, 1, 1]) : vHackGrpo,
          }),
      ],
    },
  });
});
