import * as tf from "@tensorflow/tfjs-core";
import { appendToCache } from "../../src/decoder/kvCache.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyArrivals, expectWritten, type Append, type Arrivals } from "./arrivals.ts";

const tooth: Arrivals = {
  B: 2,
  H: 1,
  Dh: 2,
  C: 3,
  places: [
    [0, 2],
    [1, -1],
  ],
};
const swapped: Append = (cache, k, v, slot) => appendToCache(cache, v, k, slot);
const firstPlace: Append = (cache, k, v, slot) =>
  tf.tidy(() => appendToCache(cache, k, v, tf.tile(tf.slice(slot, [0, 0], [1, -1]), [2, 1])));
const endless: Append = (cache, k, v, slot) =>
  tf.tidy(() => appendToCache(cache, k, v, tf.oneHot(tf.argMax(slot, 1), 3) as tf.Tensor2D));
const hoarding: Append = (cache, ...token) => (tf.keep(tf.clone(cache.v)), appendToCache(cache, ...token));

// wasm writes in place, the others add
forEachBackend(() =>
  lawsOf<Append>("appendToCache", appendToCache, (law) => {
    law("writes each row's vectors at its own place and nothing else: any shape and order, rows that have ended", {
      else: "a row attends to another row's token, or to none",
      for: [anyArrivals],
      holds: expectWritten,
      rejects: {
        "keys and values swapped": [swapped, tooth],
        "the first row's place for all": [firstPlace, tooth],
        "a row that has ended written": [endless, tooth],
        "the old cache kept": [hoarding, tooth],
      },
    });
  }),
);
