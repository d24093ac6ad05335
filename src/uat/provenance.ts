import type { Evidence, Reading, StageEvidence } from "./evidence.ts";
import type { Condition } from "./measurement.ts";

/** A hash that an artifact claims for one of the things it was made with. */
interface Claim {
  readonly of: "model" | "tokenizer" | "v_hack" | "knob basis";
  readonly by: string;
  readonly hash: string;
}

/**
 * Everything must have been made with one model, one tokenizer and, where a v_hack was used, the one that is judged, in one
 * basis of the knobs (for AntiPaSTO: from the same weight SVDs).
 *
 * Artifacts of the research code carry no manifest and so make no claim; what nobody claims is not compared.
 */
export function provenance(evidence: Evidence, stages: readonly ("pool" | "vanilla" | "projected")[]): Condition {
  const claims = stages.flatMap((stage) => stageClaims(evidence[stage], stage));
  const concernsVHack = stages.some((stage) => stage !== "pool");
  if (concernsVHack) claims.push(...vHackClaims(evidence));
  const conflicts = (["model", "tokenizer", "knob basis", "v_hack"] as const).flatMap((of) => conflict(claims.filter((claim) => claim.of === of)));
  return {
    name: "artifacts made with different things",
    value: conflicts.length,
    relation: "at most",
    bound: 0,
    decides: "pass",
    blame: conflicts.join("; "),
  };
}

function stageClaims(reading: Reading<StageEvidence>, stage: string): Claim[] {
  if (reading.kind !== "found") return [];
  return reading.value.flatMap(({ manifest, step }) => {
    if (manifest === null) return [];
    const by = `${stage} step ${step}`;
    const claims: Claim[] = [
      { of: "model", by, hash: manifest.modelHash },
      { of: "tokenizer", by, hash: manifest.tokenizerHash },
    ];
    if (manifest.vHackHash !== null) claims.push({ of: "v_hack", by, hash: manifest.vHackHash });
    if (typeof manifest.config["adapter"] === "string") claims.push({ of: "knob basis", by, hash: manifest.config["adapter"] });
    return claims;
  });
}

function vHackClaims({ vHack, vHackIsGiven }: Evidence): Claim[] {
  if (vHack.kind !== "found") return [];
  const by = vHack.path;
  const modelHash = vHack.value.vHack.metadata["model_hash"];
  const basis = vHack.value.vHack.metadata["knobs"];
  const claims: Claim[] = modelHash === undefined ? [] : [{ of: "model", by, hash: modelHash }];
  if (basis !== undefined) claims.push({ of: "knob basis", by, hash: basis });
  // a file that the user names may be judged on gradients that were stored beside another one
  if (!vHackIsGiven) claims.push({ of: "v_hack", by, hash: vHack.value.sha256 });
  return claims;
}

function conflict(claims: readonly Claim[]): string[] {
  const [first] = claims;
  const other = claims.find(({ hash }) => hash !== first!.hash);
  if (other === undefined) return [];
  const stale = other.of === "knob basis" ? "stale weight-SVD cache, or another adapter" : "stale artifact";
  return [`${first!.by} was made with ${other.of} ${short(first!.hash)}, ${other.by} with ${other.of} ${short(other.hash)}: ${stale}, make it again`];
}

function short(hash: string): string {
  return hash.length > 24 ? `${hash.slice(0, 24)}...` : hash;
}
