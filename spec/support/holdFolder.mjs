import { spawn } from "node:child_process";
import { register } from "tsx/esm/api";

// A process that holds a run's folder for a while: FOLDER PART MILLISECONDS, and perhaps the part of a child that it starts.
register();
const { alone, withRunLock } = await import("../../src/artifact/runLock.ts");
const [, script, folder, part, ms, childPart] = process.argv;
try {
  await withRunLock(folder, alone(part), async () => {
    console.log(`holds ${part}`);
    const child =
      childPart === undefined
        ? null
        : spawn(process.execPath, [script, folder, childPart, ms], { stdio: ["ignore", "inherit", "inherit"] });
    const childEnds = child === null ? null : new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    await childEnds;
  });
} catch (failure) {
  console.log(`${failure.code}: ${failure.message}`);
}
