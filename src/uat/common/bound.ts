/** The four comparisons of a figure with its bound. */
const relations = {
  "at least": { sign: ">=", holds: (value: number, bound: number) => value >= bound },
  "more than": { sign: ">", holds: (value: number, bound: number) => value > bound },
  "at most": { sign: "<=", holds: (value: number, bound: number) => value <= bound },
  "less than": { sign: "<", holds: (value: number, bound: number) => value < bound },
} as const;

/** A threshold. Conditions compare with it, and reports state it in words that are derived from it. */
export interface Bound {
  readonly relation: keyof typeof relations;
  readonly bound: number;
}

/** Whether a value keeps to its bound. NaN never does: a figure that could not be computed passes nothing. */
export function keeps(value: number, { relation, bound }: Bound): boolean {
  return relations[relation].holds(value, bound);
}

/** The bound as a threshold states it: ">= 0.30", "> 2". */
export function stated({ relation, bound }: Bound): string {
  return `${relations[relation].sign} ${Number.isInteger(bound) ? bound : bound.toFixed(2)}`;
}

/** The bound of a change of a rate, in percentage points: "> 20 points". */
export function statedPoints({ relation, bound }: Bound): string {
  return `${relations[relation].sign} ${(100 * bound).toFixed(0)} points`;
}
