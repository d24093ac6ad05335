import { ConfigError } from "../errors.ts";
import { seededRng } from "../numeric/rng.ts";

/**
 * Where a LoRA starts.
 *
 * peft starts B at zero, so that the model starts as its base. Then the gradient of A is exactly zero: a v_hack extracted
 * there is zero in all of A, and what A learns later is never projected. With `bStd` > 0 B starts at small random values
 * instead, for extraction and for training alike, so that v_hack is taken in the very basis in which training starts.
 */
export interface LoraInit {
  readonly rank: number;
  readonly alpha: number;
  /** standard deviation of B's entries; 0 is peft's start */
  readonly bStd: number;
  readonly seed: number;
}

/** One module's factors on the host. */
export interface LoraPair {
  readonly loraA: Float32Array; // [rank, dIn]
  readonly loraB: Float32Array; // [dOut, rank]
}

/** @throws ConfigError  rank is not a whole number >= 1, alpha <= 0 or bStd < 0 */
export function expectLoraInit({ rank, alpha, bStd }: LoraInit): void {
  if (!(Number.isSafeInteger(rank) && rank >= 1 && alpha > 0 && bStd >= 0))
    throw new ConfigError(
      `LoRA: expected a whole rank >= 1, alpha > 0 and a std of B >= 0, got ${rank}, ${alpha} and ${bStd}`,
    );
}

/**
 * One module's starting factors, a pure function of the module's name and the seed.
 *
 *     A ~ uniform(-1 / sqrt(dIn), 1 / sqrt(dIn))       as peft and torch.nn.Linear initialise it
 *     B ~ normal(0, bStd)
 */
export function loraStart(
  { moduleName, dIn, dOut }: { readonly moduleName: string; readonly dIn: number; readonly dOut: number },
  { rank, bStd, seed }: LoraInit,
): LoraPair {
  const bound = 1 / Math.sqrt(dIn);
  const [ofA, ofB] = [seededRng(seed, "lora A", moduleName), seededRng(seed, "lora B", moduleName)];
  return {
    loraA: Float32Array.from({ length: rank * dIn }, () => bound * (2 * ofA.uniform() - 1)),
    loraB: Float32Array.from({ length: dOut * rank }, () => (bStd === 0 ? 0 : bStd * ofB.normal())),
  };
}
