import type { AdapterName } from "../artifact/runLayout.ts";
/** How a v_hack was made: what a reader must know before trusting it. */
export interface VHackProvenance {
  readonly loss: "nll" | "grpo";
  readonly basis: AdapterName; // whose knobs the directions live in
  readonly direction: "mean" | "svd";
  readonly k: number;
  readonly pairsSha256: string;
  readonly modelHash: string;
  readonly contrasts: string; // what the pairs contrast, in words
  readonly softwareVersion: string;
}

/** Provenance as the file's string metadata, in snake_case. */
export function vHackMetadata(provenance: VHackProvenance): Record<string, string> {
  return {
    schema: "vhack-v-hack-1",
    loss: provenance.loss,
    basis: provenance.basis,
    direction: provenance.direction,
    k: String(provenance.k),
    pairs_sha256: provenance.pairsSha256,
    model_hash: provenance.modelHash,
    contrasts: provenance.contrasts,
    software_version: provenance.softwareVersion,
  };
}
