/** What a family does to each kept number x before it aggregates, with constant a. */
export interface ElementMap {
  /** Two synonyms for the method's name. */
  readonly nameWords: readonly [string, string];
  /** Two phrasings for the statement. */
  readonly phrases: readonly [(a: number) => string, (a: number) => string];
  /** Python expression in x. */
  code(a: number): string;
  value(x: number, a: number): number;
  /** Inclusive range of the constant. */
  readonly range: readonly [number, number];
}

/** The five maps; a family without one aggregates the numbers themselves. */
export const elementMaps = {
  times: {
    nameWords: ["Times", "Scaled"],
    phrases: [(a) => `Multiply each by ${a}.`, (a) => `${a} times its value`],
    code: (a) => `x * ${a}`,
    value: (x, a) => x * a,
    range: [2, 9],
  },
  plus: {
    nameWords: ["Plus", "Shifted"],
    phrases: [(a) => `Add ${a} to each.`, (a) => `its value plus ${a}`],
    code: (a) => `x + ${a}`,
    value: (x, a) => x + a,
    range: [2, 12],
  },
  modulo: {
    nameWords: ["Mod", "Rest"],
    phrases: [(a) => `Take each modulo ${a}.`, (a) => `its remainder by ${a}`],
    code: (a) => `x % ${a}`,
    value: (x, a) => x % a,
    range: [3, 9],
  },
  quotient: {
    nameWords: ["Div", "Split"],
    phrases: [(a) => `Divide each by ${a}, rounded down.`, (a) => `its value divided by ${a}, rounded down`],
    code: (a) => `x // ${a}`,
    value: (x, a) => Math.floor(x / a),
    range: [2, 6],
  },
  distance: {
    nameWords: ["Gap", "Distance"],
    phrases: [(a) => `Take the distance of each to ${a}.`, (a) => `its distance to ${a}`],
    code: (a) => `abs(x - ${a})`,
    value: (x, a) => Math.abs(x - a),
    range: [2, 12],
  },
} as const satisfies Record<string, ElementMap>;

export type ElementMapName = keyof typeof elementMaps;

/** All names, in the order of declaration. */
export const elementMapNames = Object.keys(elementMaps) as ElementMapName[];
