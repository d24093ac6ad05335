/** How a family turns the kept, mapped numbers into its one integer answer. */
export interface Aggregate {
  /** Two synonyms for the method's name. */
  readonly nameWords: readonly [string, string];
  /** Two phrasings: a whole sentence, and a noun phrase. */
  readonly phrases: readonly [string, string];
  value(results: readonly number[]): number;
  /**
   * Python body in one line.
   * @param results  comprehension of the results, without brackets
   */
  oneLiner(results: string): string;
  /** First line of the loop body, if it needs one. */
  readonly loopStart: string | null;
  /** What the loop does with one result, a Python expression. */
  loopStep(result: string): string;
  /** Last line of the loop body. */
  readonly loopEnd: string;
}

/** The five aggregates. All of them answer 0 when nothing was kept. */
export const aggregates = {
  sum: {
    nameWords: ["sum", "total"],
    phrases: ["Return the sum.", "the total"],
    value: (results) => results.reduce((total, result) => total + result, 0),
    oneLiner: (results) => `return sum(${results})`,
    loopStart: "total = 0",
    loopStep: (result) => `total += ${result}`,
    loopEnd: "return total",
  },
  count: {
    nameWords: ["count", "number"],
    phrases: ["Return the count.", "how many remain"],
    value: (results) => results.length,
    oneLiner: (results) => `return len([${results}])`,
    loopStart: "count = 0",
    loopStep: () => "count += 1",
    loopEnd: "return count",
  },
  largest: {
    nameWords: ["max", "largest"],
    phrases: ["Return the largest, or 0 if none is left.", "the maximum, or 0 if none is left"],
    value: (results) => Math.max(0, ...results),
    oneLiner: (results) => `return max((${results}), default=0)`,
    loopStart: "best = 0",
    loopStep: (result) => `best = max(best, ${result})`,
    loopEnd: "return best",
  },
  first: {
    nameWords: ["first", "earliest"],
    phrases: ["Return the first, or 0 if none is left.", "the first result, or 0 if none is left"],
    value: (results) => results[0] ?? 0,
    oneLiner: (results) => `return next((${results}), 0)`,
    loopStart: null,
    loopStep: (result) => `return ${result}`,
    loopEnd: "return 0",
  },
  distinct: {
    nameWords: ["distinct", "different"],
    phrases: ["Return how many are distinct.", "the number of distinct results"],
    value: (results) => new Set(results).size,
    oneLiner: (results) => `return len(set(${results}))`,
    loopStart: "seen = set()",
    loopStep: (result) => `seen.add(${result})`,
    loopEnd: "return len(seen)",
  },
} as const satisfies Record<string, Aggregate>;

export type AggregateName = keyof typeof aggregates;
