import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { descend, grpoOptimizer, policyKnobs, type GrpoKnobs } from "../../../src/probe/grpo/grpoKnobs.ts";
import type { GrpoArm, GrpoUpdate } from "../../../src/probe/grpo/grpoSettings.ts";
import { float32 } from "../../support/arbitraries.ts";
import { forEachBackend } from "../../support/backends.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../../support/tolerance.ts";
import { updateOf } from "./updateOf.ts";

type Descend = typeof descend;
type Kind = readonly [arm: GrpoArm, project: "gradient" | "update", optimizer: "adamw" | "sgd"];

/** One module of four knobs and a unit direction: the first axis. */
interface Descent {
  readonly knobs: readonly number[]; // [4]
  readonly gradient: readonly number[]; // [4]
}

const four = fc.array(
  float32.map((x) => (Math.abs(x) < 2 ** -10 ? 0 : x)),
  { minLength: 4, maxLength: 4 },
);
const anyDescent: fc.Arbitrary<Descent> = fc.record({ knobs: four, gradient: four });
const anyOptimizer = fc.constantFrom("adamw" as const, "sgd" as const);
const anyKind: fc.Arbitrary<Kind> = fc.tuple(
  fc.constantFrom<GrpoArm>("vanilla", "projected", "routed", "random_v"),
  fc.constantFrom("gradient", "update"),
  anyOptimizer,
);
const numRuns = 40;

const tooth: Descent = { knobs: [0.5, -1, 2, 0], gradient: [2, -1, 0.5, 3] };
const vanillaSgd: Kind = ["vanilla", "gradient", "sgd"];

/** A descent with other settings than those asked for. */
const withSettings =
  (change: (settings: GrpoUpdate) => Partial<GrpoUpdate>): Descend =>
  (knobs, gradient, direction, settings) =>
    descend(knobs, gradient, direction, { ...settings, ...change(settings) });
const asArm = (arm: GrpoArm, instead: GrpoArm): Descend =>
  withSettings((settings) => ({ arm: settings.arm === arm ? instead : settings.arm }));

const one = (values: readonly number[]): tf.Tensor2D => tf.tensor2d([...values], [1, values.length]);
const axis = (): tf.Tensor3D => tf.tensor3d([1, 0, 0, 0], [1, 1, 4]);

function startOf({ knobs }: Descent, settings: GrpoUpdate): GrpoKnobs {
  const optimizer = () => grpoOptimizer(settings, 1, 4, null);
  return { deployed: one(knobs), quarantined: tf.zeros([1, 4]), optimizer: optimizer(), hackOptimizer: optimizer() };
}

interface Descended {
  readonly deployed: Float32Array;
  readonly quarantined: Float32Array;
  readonly update: Float32Array;
}

async function after(descent: Descend, drawn: Descent, kind: Kind): Promise<Descended> {
  const settings = updateOf(...kind);
  const done = descent(startOf(drawn, settings), one(drawn.gradient), axis(), settings);
  const read = async (table: tf.Tensor2D) => Float32Array.from(await table.data());
  return {
    deployed: await read(done.knobs.deployed),
    quarantined: await read(done.knobs.quarantined),
    update: await read(done.update),
  };
}

const bound = ({ knobs, gradient }: Descent) => 8 * gamma(8, unitRoundoff32) * (norm(knobs) + norm(gradient) + 1);
const isZero = (values: Float32Array) => values.every((value) => value === 0);

forEachBackend(() => {
  lawsOf("descend", descend, (law) => {
    law("reports the step it takes: deployed' = deployed + update", {
      for: [anyDescent, anyKind],
      numRuns,
      holds: async (descent, drawn, kind) => {
        const { deployed, update } = await after(descent, drawn, kind);
        deployed.forEach((value, i) => expectWithin(value, drawn.knobs[i]! + update[i]!, bound(drawn), `knob ${i}`));
      },
      rejects: {
        "an unreported step": [
          (...given) => {
            const done = descend(...given);
            return { ...done, update: tf.zerosLike(done.update) };
          },
          tooth,
          vanillaSgd,
        ],
      },
    });

    law("with the gate on the update nothing moves hack-ward: <-update, v> <= 0, for AdamW and SGD", {
      else: "AdamW's preconditioner brings back what was removed, and the projected arm still learns to hack",
      for: [anyDescent, anyOptimizer],
      numRuns,
      holds: async (descent, drawn, optimizer) => {
        const { update } = await after(descent, drawn, ["projected", "update", optimizer]);
        expect(-update[0]!).toBeLessThanOrEqual(bound(drawn));
      },
      rejects: { "vanilla where the gate was asked for": [asArm("projected", "vanilla"), tooth, "sgd"] },
    });

    law("projecting loses what it removes: deployed' = knobs - lr gate(g).projected, quarantined' = 0", {
      else: "what the projected arm removes comes back by another knob",
      for: [anyDescent],
      numRuns,
      holds: async (descent, drawn) => {
        const { deployed, quarantined } = await after(descent, drawn, ["projected", "gradient", "sgd"]);
        drawn.gradient.forEach((value, i) => {
          const projected = i === 0 ? Math.min(value, 0) : value;
          expectWithin(deployed[i]!, drawn.knobs[i]! - 0.5 * projected, bound(drawn), `knob ${i}`);
        });
        expect(isZero(quarantined)).toBe(true);
      },
      rejects: { routing: [asArm("projected", "routed"), tooth] },
    });

    law("routing parks exactly what projecting removes: deployed + quarantined = vanilla", {
      else: "the quarantined knob does not hold the hack, and setting it to zero at deployment proves nothing",
      for: [anyDescent],
      numRuns,
      holds: async (descent, drawn) => {
        const [vanilla, routed, projected] = [
          await after(descent, drawn, vanillaSgd),
          await after(descent, drawn, ["routed", "gradient", "sgd"]),
          await after(descent, drawn, ["projected", "gradient", "sgd"]),
        ];
        vanilla.deployed.forEach((value, i) =>
          expectWithin(routed.deployed[i]! + routed.quarantined[i]!, value, bound(drawn), `knob ${i}`),
        );
        expect(routed.deployed, "what is deployed is the projected arm's").toEqual(projected.deployed);
        expect(isZero(vanilla.quarantined) && isZero(projected.quarantined), "only routing parks").toBe(true);
      },
      rejects: {
        "a route that erases": [asArm("routed", "projected"), tooth],
        "the whole gradient parked": [
          withSettings(({ arm, remove }) => ({
            remove: (gradient, vHack) => {
              const { projected, removed } = remove(gradient, vHack);
              return { projected, removed: arm === "routed" ? tf.add(projected, removed) : removed };
            },
          })),
          tooth,
        ],
      },
    });

    law("random v removes along its own direction only", {
      for: [anyDescent],
      numRuns,
      holds: async (descent, drawn) => {
        const vanilla = await after(descent, drawn, vanillaSgd);
        const random = await after(descent, drawn, ["random_v", "gradient", "sgd"]);
        for (const i of [1, 2, 3]) expectWithin(random.deployed[i]!, vanilla.deployed[i]!, bound(drawn), `knob ${i}`);
        const alongIt = drawn.gradient[0]! > 0 ? drawn.knobs[0]! : vanilla.deployed[0]!;
        expectWithin(random.deployed[0]!, alongIt, bound(drawn), "knob 0");
      },
      rejects: { "a random arm that removes nothing": [asArm("random_v", "vanilla"), tooth] },
    });

    law("owns what it returns and frees the rest: numTensors grows by the update", {
      for: [anyDescent, anyKind],
      numRuns,
      holds: (descent, drawn, kind) => {
        const settings = updateOf(...kind);
        const [start, gradient, direction] = [startOf(drawn, settings), one(drawn.gradient), axis()];
        const before = tf.memory().numTensors;
        const { knobs, update } = descent(start, gradient, direction, settings);
        expect(tf.memory().numTensors).toBe(before + 1);
        tf.dispose([gradient, direction, update]);
        expect([knobs.deployed.isDisposed, knobs.quarantined.isDisposed]).toEqual([false, false]);
        tf.dispose([knobs.deployed, knobs.quarantined]);
        knobs.optimizer.dispose();
        knobs.hackOptimizer.dispose();
      },
      rejects: {
        "borrowed outputs": [
          (knobs, gradient, direction, settings) => {
            const done = descend(knobs, gradient, direction, settings);
            return { ...done, knobs: { ...done.knobs, quarantined: gradient } };
          },
          tooth,
          ["projected", "gradient", "sgd"],
        ],
        "no dispose": [
          (knobs, ...given) => descend({ ...knobs, deployed: tf.mul(knobs.deployed, 1) }, ...given),
          tooth,
          vanillaSgd,
        ],
      },
    });
  });

  lawsOf("policyKnobs", policyKnobs, (law) => {
    law("is the sum, and the deployed knobs where nothing is parked: deployed + 0 = deployed, bit for bit", {
      for: [four, four],
      holds: async (policy, deployed, quarantined) => {
        const sumWith = async (parked: readonly number[]) => {
          const settings = updateOf(...vanillaSgd);
          const knobs = { ...startOf({ knobs: deployed, gradient: [] }, settings), quarantined: one(parked) };
          return [...(await policy(knobs).data())];
        };
        const equals = (found: number[], wanted: readonly number[]) =>
          expect(found.every((value, i) => value === wanted[i])).toBe(true);
        equals(await sumWith([0, 0, 0, 0]), deployed);
        equals(
          await sumWith(quarantined),
          deployed.map((value, i) => Math.fround(value + quarantined[i]!)),
        );
      },
      rejects: { "the deployed knobs alone": [({ deployed }) => tf.clone(deployed), [1, 0, 0, 0], [2, 0, 0, 0]] },
    });
  });
});
