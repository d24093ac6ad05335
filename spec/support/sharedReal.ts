import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";

const real = new URL("../../../shared/real/", import.meta.url);

/** Absolute path of a file or folder of the real public data. */
export function realPath(path: string): string {
  return fileURLToPath(new URL(path, real));
}

/** Declare tests over a part of the real public data, or say plainly that it is absent. */
export function describeReal(path: string, declare: () => void): void {
  const found = existsSync(realPath(path));
  if (!found) console.error(`../shared absent: real/${path} not run`);
  describe(`real/${path}`, () => {
    if (found) declare();
    else it("../shared absent: not run", (context) => context.skip());
  });
}
