import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { sampleCosines } from "../src/projection/cosines.ts";
import { hackCoefs, unitDirections } from "../src/projection/directions.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { readVHack } from "../src/vhack/vHackFile.ts";
import { vHackTable } from "../src/vhack/vHackTable.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenTolerance } from "../properties/support/tolerance.ts";
import { describeGolden, goldenPath, goldenSets, type GoldenModule } from "./support/goldens.ts";
import { goldenSamples, knobsGiven } from "./support/goldenSet.ts";
import { withAntiPasto } from "./support/withAntiPasto.ts";

const deltas = ["0", "given"] as const;
const directions = ["k1", "k3"] as const;
type Which = `${(typeof deltas)[number]}_${(typeof directions)[number]}`;

interface Cosines {
  readonly nwc: number | null;
}

interface Expected
  extends Record<`cos_${Which}`, readonly Cosines[]>, Record<`module_dot_${Which}`, readonly number[][][]> {
  readonly modules: readonly GoldenModule[];
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const expected = golden as Expected;
    const { modules } = expected;

    forEachBackend(() => {
      for (const delta of deltas)
        it(`the engine's own gradients at deltaS = ${delta}: every sample's cosines, and V_m g_m of every module`, async () => {
          await withAntiPasto(goldenPath(set), async (model, adapter) => {
            const knobs = delta === "0" ? adapter.initialKnobs() : await knobsGiven(set, modules);
            await applyKnobs(model, adapter, knobs);
            const batch = raggedBatch(goldenSamples(set));
            const pass = await forward(model, batch);
            const gradients = pass.backward(adapter, knobs, nllLoss(pass.logps, batch.completionStarts).dLogps);
            for (const k of directions) {
              const { data, shape } = vHackTable(
                await readVHack(goldenPath(`${set}/vhack_${k}.safetensors`)),
                adapter.layout,
              );
              const vHack = tf.tensor3d(data, shape);
              const v = unitDirections(vHack);
              expectCosines(await sampleCosines(gradients, v), expected[`cos_${delta}_${k}`]);
              for (const [b, dots] of expected[`module_dot_${delta}_${k}`].entries())
                await expectDots(gradients, b, vHack, dots);
              tf.dispose([vHack, v]);
            }
            tf.dispose([knobs, gradients]);
          });
        });
    });
  });

function expectCosines(found: Awaited<ReturnType<typeof sampleCosines>>, wanted: readonly Cosines[]): void {
  expect(found.length).toBe(wanted.length);
  for (const [b, { nwc }] of wanted.entries()) {
    const { cosSContrib } = found[b]!;
    if (nwc === null) expect(cosSContrib, `sample ${b}`).toBeNull();
    else expectWithin(cosSContrib ?? Number.NaN, nwc, goldenTolerance.cosines, `sample ${b}`);
  }
}

/** |V (g - g')| <= |g - g'| <= sqrt(r) times the gradients' tolerance: rows of V are unit vectors. */
async function expectDots(
  gradients: tf.Tensor3D,
  b: number,
  vHack: tf.Tensor3D,
  wanted: readonly number[][],
): Promise<void> {
  const [, M, P] = gradients.shape;
  const own = tf.tidy(() => tf.reshape(tf.slice(gradients, [b, 0, 0], [1, M, P]), [M, P])) as tf.Tensor2D;
  const [rows, coefs] = [await own.array(), await tf.tidy(() => hackCoefs(own, vHack)).array()];
  own.dispose();
  wanted.forEach((dots, m) => {
    const largest = Math.max(...rows[m]!.map(Math.abs));
    const bound = goldenTolerance.gradientsPerModule * Math.sqrt(P) * largest;
    dots.forEach((dot, i) => expectWithin(coefs[m]![i]!, dot, bound, `sample ${b} module ${m} direction ${i}`));
  });
}
