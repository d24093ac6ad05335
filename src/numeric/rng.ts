import { createHash } from "node:crypto";
import { ConfigError } from "../errors.ts";
import { xoshiro128 } from "./xoshiro128.ts";

/** A stream of random numbers; every draw advances it. */
export interface Rng {
  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform in 0 .. n-1, without modulo bias; 1 <= n <= 2^32. */
  integer(n: number): number;
}

/**
 * The random stream that belongs to a seed and a name.
 *
 *     state = first 128 bits of sha256(JSON [seed, ...stream])
 *
 * A pure function of its arguments: `seededRng(41, "generate", rowId)` draws the same numbers whatever else was drawn,
 * so results do not depend on batch size or order of work. Streams of different names are unrelated.
 *
 * @param seed    a safe integer
 * @param stream  names of what is drawn; the string "1" and the number 1 are different names
 * @throws ConfigError  seed is not a safe integer, or a stream name is NaN or infinite
 */
export function seededRng(seed: number, ...stream: readonly (string | number)[]): Rng {
  if (!Number.isSafeInteger(seed)) throw new ConfigError(`seededRng: expected an integer seed, got ${seed}`);
  for (const name of stream)
    if (typeof name === "number" && !Number.isFinite(name))
      throw new ConfigError(`seededRng: expected finite stream names, got ${name}`);
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...stream]))
    .digest();
  const word = xoshiro128([
    digest.readUInt32LE(0),
    digest.readUInt32LE(4),
    digest.readUInt32LE(8),
    digest.readUInt32LE(12),
  ]);
  return rngOf(word);
}

function rngOf(word: () => number): Rng {
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) * 2 ** -53;
  const normal = () => {
    // Box-Muller; 1 - uniform() lies in (0, 1], so the logarithm is finite
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  };
  const integer = (n: number) => {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new ConfigError(`rng.integer: expected an integer n in 1 .. 2^32, got ${n}`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    let drawn = word();
    while (drawn >= limit) drawn = word();
    return drawn % n;
  };
  return { uniform, normal, integer };
}
