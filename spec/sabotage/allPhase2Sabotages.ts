import { loraBasisDrifted } from "./cases/loraBasisDrifted.ts";
import { loraZeroB } from "./cases/loraZeroB.ts";
import { ratioSaturation } from "./cases/ratioSaturation.ts";
import { secretlyNll } from "./cases/secretlyNll.ts";
import type { Phase2Sabotage } from "./phase2Sabotage.ts";

export const allPhase2Sabotages: readonly Phase2Sabotage[] = [
  ratioSaturation,
  loraZeroB,
  loraBasisDrifted,
  secretlyNll,
];
