import type { Artifacts } from "./artifacts.ts";
import type { Workbench } from "./workbench.ts";

/** One documented way of being fooled, built in on purpose. */
export interface Sabotage {
  readonly name: string;
  /** What was changed in the pipeline, in one sentence. */
  readonly breaks: string;
  /** The requirement that must refuse. */
  readonly caughtAt: "R1" | "R2" | "R3" | "R4";
  /** What its message must point at. */
  readonly pointsAt: RegExp;
  /** Run the broken pipeline and return the artifacts to judge. */
  readonly run: (bench: Workbench) => Promise<Artifacts>;
}
