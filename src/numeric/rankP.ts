/**
 * Rank of a figure among controls: (1 + #{control >= real}) / (1 + n).
 *
 * Under exchangeability of the real one with its controls, P(rankP <= alpha) <= alpha. Smallest value 1 / (1 + n).
 */
export function rankP(real: number, controls: readonly number[]): number {
  return (1 + controls.filter((control) => control >= real).length) / (1 + controls.length);
}
