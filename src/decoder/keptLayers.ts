import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { MemoryBudget } from "../tensor/memoryBudget.ts";
import type { SavedBlock } from "./block.ts";

type Forward = { readonly y: Tensor2D; readonly saved: SavedBlock };

/** Share of the free budget that intermediates may take: the rest is for the head and for backward itself. */
const share = 0.5;

/**
 * Which layers keep their intermediates between forward and backward: the last ones, as many as memory allows.
 *
 *     kept = floor(share * free bytes / bytes of one layer's intermediates), at least the last layer
 *
 * Backward begins at the last layer, so what is kept is freed soon; a layer that keeps nothing costs a second forward pass.
 * The gradients are the same, bit for bit. What one layer takes is measured on the first.
 */
export class KeptLayers {
  readonly #layers: number;
  readonly #budget: Pick<MemoryBudget, "limitBytes" | "heldBytes"> | null;
  #first = 0;

  /** @param budget  null where nobody counts bytes: then only the last layer keeps its intermediates */
  constructor(layers: number, budget: Pick<MemoryBudget, "limitBytes" | "heldBytes"> | null) {
    this.#layers = layers;
    this.#budget = budget;
  }

  /** Layers that keep theirs. */
  get count(): number {
    return this.#layers - this.#first;
  }

  /** Run a layer's forward pass, in order; its intermediates are null where they are not kept. */
  run(layer: number, forward: () => Forward): { y: Tensor2D; saved: SavedBlock | null } {
    const held = this.#budget?.heldBytes ?? 0;
    const { y, saved } = tf.tidy(forward);
    if (layer === 0) this.#first = this.#firstKept((this.#budget?.heldBytes ?? 0) - held);
    if (layer >= this.#first) return { y, saved };
    const kept = new Set(tf.tensor_util.getTensorsInContainer(saved));
    kept.delete(y);
    tf.dispose([...kept]);
    return { y, saved: null };
  }

  #firstKept(layerBytes: number): number {
    const free = this.#budget === null ? 0 : this.#budget.limitBytes - this.#budget.heldBytes + layerBytes;
    const most = layerBytes > 0 ? Math.floor((share * free) / layerBytes) : 0;
    return Math.max(0, this.#layers - Math.max(1, most));
  }
}
