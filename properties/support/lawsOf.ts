import fc from "fast-check";
import { describe, it } from "vitest";
import { mostRuns } from "./mostRuns.ts";
import { rejects } from "./rejects.ts";

type Arbitraries = readonly fc.Arbitrary<unknown>[];
/** What the generators generate, in their order. */
type ValuesOf<Given extends Arbitraries> = { [I in keyof Given]: Given[I] extends fc.Arbitrary<infer T> ? T : never };

/** What must hold of a unit for all inputs, and wrong implementations on which it was seen to fail. */
export interface Law<Unit, Given extends Arbitraries> {
  /** what falls when the law does not hold: the claim of ours that leans on it */
  readonly else?: string;
  /** generators of the inputs; none for a law about fixed inputs, which then runs once */
  readonly for: readonly [...Given];
  /** the statement: an assertion that fails where the law does not hold */
  readonly holds: (unit: Unit, ...given: ValuesOf<Given>) => void | Promise<void>;
  /** by name: a wrong implementation, and the inputs on which `holds` must fail for it */
  readonly rejects: Readonly<Record<string, readonly [mutant: Unit, ...given: ValuesOf<Given>]>>;
  /** counterexamples of the past, tried first */
  readonly examples?: ValuesOf<Given>[];
  /** runs, where a law costs too much for the usual number */
  readonly numRuns?: number;
}

/** One row of docs/generated/laws.md. */
export interface LawRow {
  readonly unit: string;
  readonly law: string;
  readonly falls: string;
  readonly mutants: readonly string[];
}

/** Every law of the files that were loaded, in their order; a law that is stated once per backend counts once. */
export const lawRows = new Map<string, LawRow>();

type State<Unit> = <Given extends Arbitraries>(title: string, law: Law<Unit, Given>) => void;

/**
 * State the laws of one unit: a property for each law, and a test for each mutant that it must reject.
 *
 *     lawsOf("oneSided", oneSided, (law) => {
 *       law("is idempotent: P(P(g)) = P(g)", {
 *         else: "a second pass removes what the first one kept",
 *         for: [anyWorld],
 *         holds: async (gate, world) => { ... },
 *         rejects: { "the sign flipped": [signFlipped, toothWorld] },
 *       });
 *     });
 *
 * Outside vitest it only records the laws, for `npm run laws`.
 *
 * @param unit  the honest implementation, or a function that makes it
 */
export function lawsOf<Unit>(name: string, unit: Unit, state: (law: State<Unit>) => void): void {
  const isTest = process.env["VITEST"] !== undefined;
  const law: State<Unit> = (title, stated) => {
    lawRows.set(`${name}: ${title}`, {
      unit: name,
      law: title,
      falls: stated.else ?? "",
      mutants: Object.keys(stated.rejects),
    });
    if (isTest) declare(title, unit, stated);
  };
  if (isTest) describe(name, () => state(law));
  else state(law);
}

function declare<Unit, Given extends Arbitraries>(title: string, unit: Unit, law: Law<Unit, Given>): void {
  it(title, async () => {
    if (law.for.length === 0) return law.holds(unit, ...([] as unknown as ValuesOf<Given>));
    const arbitraries = law.for as unknown as [fc.Arbitrary<unknown>];
    await fc.assert(
      // what `holds` returns is no verdict: vitest's expect(x).toBeNull() gives false where x is null
      fc.asyncProperty(...arbitraries, async (...given) => {
        await law.holds(unit, ...(given as unknown as ValuesOf<Given>));
      }),
      {
        ...(law.numRuns === undefined ? {} : { numRuns: Math.min(law.numRuns, mostRuns) }),
        ...(law.examples === undefined ? {} : { examples: law.examples as unknown as [unknown][] }),
      },
    );
  });
  for (const [mutant, [implementation, ...given]] of Object.entries(law.rejects))
    it(`${title} | rejects: ${mutant}`, () =>
      rejects(() => law.holds(implementation as Unit, ...(given as unknown as ValuesOf<Given>))));
}
