/** Which numbers x a family keeps, with constant b. */
export interface NumberFilter {
  /** Two synonyms for the method's name. */
  readonly nameWords: readonly [string, string];
  /** Two phrasings, to follow "the numbers". */
  readonly phrases: readonly [(b: number) => string, (b: number) => string];
  /** Python expression in x. */
  code(b: number): string;
  holds(x: number, b: number): boolean;
  /** Inclusive range of the constant. */
  readonly range: readonly [number, number];
}

/** The six filters; a family without one keeps every number. */
export const numberFilters = {
  above: {
    nameWords: ["Above", "Over"],
    phrases: [(b) => `greater than ${b}`, (b) => `above ${b}`],
    code: (b) => `x > ${b}`,
    holds: (x, b) => x > b,
    range: [3, 12],
  },
  below: {
    nameWords: ["Below", "Under"],
    phrases: [(b) => `less than ${b}`, (b) => `below ${b}`],
    code: (b) => `x < ${b}`,
    holds: (x, b) => x < b,
    range: [6, 15],
  },
  atLeast: {
    nameWords: ["From", "Least"],
    phrases: [(b) => `at least ${b}`, (b) => `not less than ${b}`],
    code: (b) => `x >= ${b}`,
    holds: (x, b) => x >= b,
    range: [3, 12],
  },
  divisible: {
    nameWords: ["Divisible", "Multiples"],
    phrases: [(b) => `divisible by ${b}`, (b) => `that are multiples of ${b}`],
    code: (b) => `x % ${b} == 0`,
    holds: (x, b) => x % b === 0,
    range: [2, 5],
  },
  indivisible: {
    nameWords: ["Indivisible", "NonMultiples"],
    phrases: [(b) => `not divisible by ${b}`, (b) => `that are no multiples of ${b}`],
    code: (b) => `x % ${b} != 0`,
    holds: (x, b) => x % b !== 0,
    range: [2, 5],
  },
  except: {
    nameWords: ["Except", "Without"],
    phrases: [(b) => `not equal to ${b}`, (b) => `other than ${b}`],
    code: (b) => `x != ${b}`,
    holds: (x, b) => x !== b,
    range: [2, 12],
  },
} as const satisfies Record<string, NumberFilter>;

export type NumberFilterName = keyof typeof numberFilters;

/** All names, in the order of declaration. */
export const numberFilterNames = Object.keys(numberFilters) as NumberFilterName[];
