/** A change of a rate with its sign: "+12.5 points". */
export function percentagePoints(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(1)} points`;
}
