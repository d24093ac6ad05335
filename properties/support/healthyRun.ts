import { seededRng } from "../../src/numeric/rng.ts";
import { healthyEvidence, leaning, unitDirection } from "./evidence.ts";

/** v_hack of the healthy run. */
export const direction = unitDirection(seededRng(1, "v"));

/** A run on which every requirement passes: its pure hacks lean along v_hack. */
export const healthy = healthyEvidence(1, direction, leaning(direction, 6));
