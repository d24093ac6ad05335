import { toByteSymbols } from "./byteSymbols.ts";
import { preTokenize } from "./preTokenizer.ts";
import { ConfigError } from "../../errors.ts";

export type Merge = readonly [string, string];

/** A distinct piece of the corpus, as the symbols it is cut into so far. */
interface Piece {
  symbols: string[];
  readonly count: number;
}

/**
 * Learn byte-pair merges: join the most frequent adjacent pair, `mergeCount` times.
 *
 * Equal counts go to the pair that is smaller by code units, so the same texts give the same merges on every machine.
 *
 * @throws ConfigError  the corpus runs out of pairs
 * @see Sennrich et al. 2016, algorithm 1
 */
export function trainBytePairs(texts: Iterable<string>, mergeCount: number): Merge[] {
  const pieces = distinctPieces(texts);
  const merges: Merge[] = [];
  while (merges.length < mergeCount) {
    const best = mostFrequentPair(pieces);
    if (best === null)
      throw new ConfigError(`trainBytePairs: expected text enough for ${mergeCount} merges, got ${merges.length}`);
    merges.push(best);
    for (const piece of pieces) piece.symbols = merged(piece.symbols, best);
  }
  return merges;
}

function distinctPieces(texts: Iterable<string>): Piece[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const piece of preTokenize(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  return [...counts].map(([piece, count]) => ({ symbols: toByteSymbols(piece), count }));
}

function mostFrequentPair(pieces: readonly Piece[]): Merge | null {
  // a space never stands inside a symbol, so it can separate the two
  const counts = new Map<string, number>();
  for (const { symbols, count } of pieces)
    for (let i = 1; i < symbols.length; i++) {
      const pair = `${symbols[i - 1]} ${symbols[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  let best: string | null = null;
  for (const [pair, count] of counts) {
    const bestCount = best === null ? 0 : counts.get(best)!;
    if (count > bestCount || (count === bestCount && best !== null && pair < best)) best = pair;
  }
  if (best === null) return null;
  const [left, right] = best.split(" ");
  return [left!, right!];
}

function merged(symbols: readonly string[], [left, right]: Merge): string[] {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const joins = symbols[i] === left && symbols[i + 1] === right;
    result.push(joins ? left + right : symbols[i]!);
    if (joins) i++;
  }
  return result;
}
