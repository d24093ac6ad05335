import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { cachedAttention } from "../nn/attention.ts";
import type { RopeTable } from "../nn/rope.ts";
import { afterAttention, queriesKeysValues, type BlockWeights } from "./block.ts";
import { appendToCache, type LayerCache } from "./kvCache.ts";

/** Where each row's new token goes and what it may look at. */
export interface DecodeStep {
  readonly rope: RopeTable;
  /** 1 at each row's new position, [B, C] */
  readonly slot: Tensor2D;
  /** 0 up to and including the new position, -1e9 after it, [B, C] */
  readonly bias: Tensor2D;
}

/**
 * One decoder layer for one new token per row, against cached keys and values; the same formulas as blockForward.
 *
 * @param x      [B, D]; freed
 * @param cache  freed; its successor is returned
 */
export function decodeBlock(
  x: Tensor2D,
  w: BlockWeights,
  step: DecodeStep,
  cache: LayerCache,
): { y: Tensor2D; cache: LayerCache } {
  const { q, k, v } = tf.tidy(() => {
    const projected = queriesKeysValues(x, w, step.rope);
    return { q: projected.q, k: projected.k, v: projected.v };
  });
  const next = appendToCache(cache, k, v, step.slot);
  const y = tf.tidy(() => afterAttention(x, cachedAttention(q, next.kT, next.v, step.bias), w).y);
  tf.dispose([x, q, k, v]);
  return { y, cache: next };
}
