import type { StepManifest } from "../../artifact/manifest.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { PairMeans } from "../../vhack/pairMeansFile.ts";
import type { VHack } from "../../vhack/vHackFile.ts";
import type { SampleGradients } from "./sampleGradients.ts";

/** Nobody has made this artifact yet; `command` makes it. */
export interface Missing {
  readonly kind: "missing";
  readonly path: string;
  readonly command: string;
}

/** The artifact exists but cannot be used: truncated, of another format, or made for something else. */
export interface Unusable {
  readonly kind: "unusable";
  readonly path: string;
  readonly why: string;
  readonly command: string;
}

export interface Found<Value> {
  readonly kind: "found";
  readonly path: string;
  readonly value: Value;
}

/** The result of looking for an artifact. A broken file is evidence of a broken run, not an exception. */
export type Reading<Value> = Missing | Unusable | Found<Value>;

/** Rows of one step file, with the manifest beside it; files made by the research code have none. */
export interface StepEvidence {
  readonly step: number;
  readonly path: string;
  readonly rows: readonly RolloutRow[];
  readonly manifest: StepManifest | null;
}

export type StageEvidence = readonly StepEvidence[]; // in step order

export interface VHackEvidence {
  readonly vHack: VHack;
  readonly sha256: string;
}

/** Everything that R1 to R4 are judged on. */
export interface Evidence {
  readonly seed: number;
  readonly pool: Reading<StageEvidence>;
  readonly vanilla: Reading<StageEvidence>;
  readonly projected: Reading<StageEvidence>;
  readonly gradients: Reading<SampleGradients>; // of the vanilla rows
  readonly vHack: Reading<VHackEvidence>;
  /** Mean gradients of the pairs that v_hack was made from, beside its file; absent for files made elsewhere. */
  readonly pairMeans: Reading<PairMeans>;
  /** True when the user named the v_hack file: then the vanilla rows may have been made with another one. */
  readonly vHackIsGiven: boolean;
  /** Negative controls found beside v_hack, by file name. */
  readonly controls: ReadonlyMap<string, Reading<VHackEvidence>>;
}
