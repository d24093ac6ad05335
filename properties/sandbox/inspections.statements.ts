import { expect } from "vitest";
import type { Inspection } from "../../src/environment/inspectCode.ts";

/** A text and what CPython says of it. */
export interface Inspected {
  readonly code: string;
  readonly says: Pick<Inspection, "canCompile" | "runTests">;
}

export type Inspect = (code: string) => Promise<Inspected["says"]>;

export const inspectionsLaws = {
  /** Each text is answered as it would be alone, whatever came before it. */
  async answersEachAlone(inspect: Inspect, texts: readonly Inspected[]): Promise<void> {
    for (const { code, says } of texts)
      expect(await inspect(code), `${code.slice(0, 30)} (${code.length} characters)`).toMatchObject(says);
  },
};
