import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { KeptLayers } from "../../src/decoder/keptLayers.ts";
import { onBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";

/** A network whose layers keep so many bytes each, and a budget of which some are held already. */
interface Network {
  readonly layers: number;
  readonly layerBytes: number;
  readonly limitBytes: number;
  readonly heldBytes: number;
}

const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    layers: fc.integer({ min: 1, max: 9 }),
    layerBytes: fc.integer({ min: 1, max: 50 }),
    free: fc.nat(600),
    held: fc.nat(100),
  })
  .map(({ layers, layerBytes, free, held }) => ({ layers, layerBytes, limitBytes: held + free, heldBytes: held }));
const roomForThree: Network = { layers: 8, layerBytes: 10, limitBytes: 170, heldBytes: 100 };

type Kept = Pick<KeptLayers, "run" | "count">;
type Make = (layers: number, budget: { limitBytes: number; heldBytes: number } | null) => Kept;
const honest: Make = (layers, budget) => new KeptLayers(layers, budget);

/** Run all layers; which of them kept their intermediates, and how many tensors are left of those that did not. */
function keptOf(
  make: Make,
  { layers, layerBytes, ...budget }: Network,
): { kept: boolean[]; count: number; left: number } {
  const held = { ...budget };
  const network = make(layers, held);
  const before = tf.memory().numTensors;
  const passes = Array.from({ length: layers }, (_, layer) =>
    network.run(layer, () => {
      if (layer === 0) held.heldBytes += layerBytes;
      return { y: tf.zeros([1, 1]), saved: [tf.zeros([1]), tf.zeros([1])] };
    }),
  );
  const kept = passes.map(({ saved }) => saved !== null);
  const left = tf.memory().numTensors - before;
  passes.forEach(({ y, saved }) => tf.dispose([y, saved ?? []]));
  return { kept, count: network.count, left };
}

const wrong =
  (
    run: (kept: Kept, layer: number, layers: number, forward: Parameters<Kept["run"]>[1]) => ReturnType<Kept["run"]>,
  ): Make =>
  (layers, budget) => {
    const kept = new KeptLayers(layers, budget);
    return { run: (layer, forward) => run(kept, layer, layers, forward), count: layers };
  };

onBackend("cpu", () =>
  lawsOf<Make>("KeptLayers", honest, (law) => {
    law("keep the last layers, as many as half the free bytes hold, and one at least", {
      else: "a batch that fitted is refused for memory, or the whole forward pass is made twice where there is room",
      for: [anyNetwork],
      holds: (make, network) => {
        const free = network.limitBytes - network.heldBytes;
        const most = Math.max(1, Math.floor((0.5 * free) / network.layerBytes));
        const { kept } = keptOf(make, network);
        expect(kept).toEqual(kept.map((_, layer) => layer >= network.layers - most));
      },
      rejects: {
        "the whole of the free bytes": [
          (layers, budget) =>
            honest(layers, { limitBytes: 2 * budget!.limitBytes - budget!.heldBytes, heldBytes: budget!.heldBytes }),
          roomForThree,
        ],
        "no budget": [(layers) => honest(layers, null), roomForThree],
        "every layer": [wrong((_, __, ___, forward) => tf.tidy(forward)), roomForThree],
      },
    });

    law("free what is not kept: a tensor for each layer's output, two for each layer that keeps", {
      for: [anyNetwork],
      holds: (make, network) => {
        const { kept, count, left } = keptOf(make, network);
        const keeping = kept.filter(Boolean).length;
        expect([count, left]).toEqual([keeping, network.layers + 2 * keeping]);
      },
      rejects: {
        "a layer that forgets to free": [
          wrong((_, layer, layers, forward) => ({
            ...tf.tidy(forward),
            ...(layer < layers - 1 ? { saved: null } : {}),
          })),
          roomForThree,
        ],
      },
    });
  }),
);
