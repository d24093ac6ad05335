import type { Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import type { Workbench } from "./workbench.ts";

/**
 * A way of being fooled in phase 2. Trajectories take hours, so the arms are made up and healthy (see healthyPhase2), and the
 * stage that is broken is run on the miniature in their midst.
 */
export interface Phase2Sabotage {
  readonly name: string;
  readonly breaks: string;
  readonly caughtAt: "R5" | "R6" | "R7";
  readonly pointsAt: RegExp;
  /** with the broken stage, or with the honest one in its place: that one must not be refused for this */
  readonly run: (bench: Workbench, stage: "broken" | "honest") => Promise<Phase2Evidence>;
}
