import { expect } from "vitest";

/** A text and whether CPython compiles it. */
export interface Inspected {
  readonly code: string;
  readonly compiles: boolean;
}

export type CanCompile = (code: string) => Promise<boolean>;

export const inspectionsLaws = {
  /** Each text is answered as it would be alone, whatever came before it. */
  async answersEachAlone(canCompile: CanCompile, texts: readonly Inspected[]): Promise<void> {
    for (const { code, compiles } of texts) expect(await canCompile(code), `${code.slice(0, 30)} (${code.length} characters)`).toBe(compiles);
  },
};
