import type { Evidence, Reading, StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "./measurement.ts";

const sources = ["model", "tokenizer", "knob basis", "v_hack"] as const;
type Source = (typeof sources)[number];

/** A hash that an artifact states for one of its sources. */
interface Claim {
  readonly of: Source;
  readonly by: string;
  readonly hash: string;
}

/**
 * All artifacts must come from one model, one tokenizer, one basis of the knobs (for AntiPaSTO: the same weight SVDs) and,
 * where a v_hack was used, from the v_hack that is judged.
 *
 * Artifacts of the research code have no manifest, so they state no hashes. Only stated hashes are compared.
 */
export function provenance(evidence: Evidence, stages: readonly ("pool" | "vanilla" | "projected")[]): Condition {
  const claims = stages.flatMap((stage) => stageClaims(evidence[stage], stage));
  const concernsVHack = stages.some((stage) => stage !== "pool");
  if (concernsVHack) claims.push(...vHackClaims(evidence));
  const conflicts = sources.flatMap((of) => conflict(claims.filter((claim) => claim.of === of)));
  return {
    name: "artifacts that disagree on model, tokenizer, basis or v_hack",
    value: conflicts.length,
    relation: "at most",
    bound: 0,
    decides: "pass",
    cause: conflicts.join("; "),
  };
}

function stageClaims(reading: Reading<StageEvidence>, stage: string): Claim[] {
  if (reading.kind !== "found") return [];
  return reading.value.flatMap(({ manifest, step }) =>
    claimsOf(`${stage} step ${step}`, {
      model: manifest?.modelHash,
      tokenizer: manifest?.tokenizerHash,
      "knob basis": manifest?.config["adapter"],
      v_hack: manifest?.vHackHash,
    }),
  );
}

function vHackClaims({ vHack, vHackIsGiven }: Evidence): Claim[] {
  if (vHack.kind !== "found") return [];
  const { vHack: file, sha256 } = vHack.value;
  return claimsOf(vHack.path, {
    model: file.metadata["model_hash"],
    tokenizer: null,
    "knob basis": file.metadata["knobs"],
    // a file that the user names may be judged on gradients that were stored beside another one
    v_hack: vHackIsGiven ? null : sha256,
  });
}

/** Only strings are hashes: there may be no manifest, and a manifest's config may hold anything. */
function claimsOf(by: string, hashes: Readonly<Record<Source, unknown>>): Claim[] {
  return sources.flatMap((of) => {
    const hash = hashes[of];
    return typeof hash === "string" ? [{ of, by, hash }] : [];
  });
}

function conflict(claims: readonly Claim[]): string[] {
  const [first] = claims;
  const other = claims.find(({ hash }) => hash !== first!.hash);
  if (other === undefined) return [];
  const stale = other.of === "knob basis" ? "stale weight-SVD cache, or another adapter" : "stale artifact";
  return [
    `${first!.by} was made with ${other.of} ${short(first!.hash)}, ${other.by} with ${other.of} ${short(other.hash)}: ${stale}, make it again`,
  ];
}

function short(hash: string): string {
  return hash.length > 24 ? `${hash.slice(0, 24)}...` : hash;
}
