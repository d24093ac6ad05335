import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { clipGradientNorm } from "../../optim/clipGradientNorm.ts";
import { fracFired, meanCosine } from "../../projection/cosines.ts";
import { descentCosine } from "../../projection/movement.ts";
import { normOf } from "../normOf.ts";
import { descend, type GrpoKnobs } from "./grpoKnobs.ts";
import type { GrpoSettings } from "./grpoSettings.ts";

/** What gradients are compared with and projected along. */
export interface GrpoDirections {
  readonly vHack: Tensor3D; // what cosines are measured with, [M, k, P]
  readonly v: Tensor2D; // its unit directions, [M, P]
  readonly direction: Tensor3D; // what the gate removes: v_hack, or random rows of its shape
}

/** The cosines and norms of one descent. cos_out is of what the gate leaves (vanilla: would leave). */
export type DescentFigures = Readonly<
  Record<"grad_norm" | "removed_norm" | "cos_in" | "cos_out" | "frac_fired" | "cos_update" | "update_norm", number>
>;

/** One descent of the arm along a raw gradient [M, P], measured. The knobs that came in are freed. */
export async function grpoDescent(
  { vHack, v, direction }: GrpoDirections,
  settings: GrpoSettings,
  knobs: GrpoKnobs,
  raw: Tensor2D,
): Promise<{ knobs: GrpoKnobs; figures: DescentFigures }> {
  const gradient = clipGradientNorm(raw, settings.clipGradNorm);
  const { projected, removed } = settings.remove(gradient, direction);
  const next = descend(knobs, gradient, direction, settings);
  const figures = {
    grad_norm: await normOf(raw),
    removed_norm: await normOf(removed),
    cos_in: await meanCosine(gradient, v),
    cos_out: await meanCosine(projected, v),
    frac_fired: await fracFired(gradient, vHack),
    cos_update: await descentCosine(next.update, v),
    update_norm: await normOf(next.update),
  };
  tf.dispose([gradient, projected, removed, next.update]);
  return { knobs: next.knobs, figures };
}
