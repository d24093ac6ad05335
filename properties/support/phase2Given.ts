import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import type { Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import { healthy } from "./healthyRun.ts";
import { readingsOf } from "./plannedArm.ts";

export const missing = { kind: "missing", path: "", command: "" } as const;

/** A healthy run: what phase 2 reads of phase 1. */
export const antipasto = healthy;

/** Nothing but its v_hack: no statistics to wait for. */
const bare: Evidence = { ...antipasto, vanilla: missing, projected: missing };

/** Phase 2 without an arm, both adapters' evidence being this. */
const withoutArms = (both: Evidence): Phase2Evidence => ({
  antipasto: both,
  lora: both,
  arms: readingsOf({}),
  vHackGrpo: missing,
  pairMeansGrpo: missing,
});

export const given = withoutArms(antipasto);
export const givenBare = withoutArms(bare);
