import { runLayout } from "../../../src/artifact/runLayout.ts";
import { join } from "node:path";
import { seededRng } from "../../../src/numeric/rng.ts";
import { randomDirections } from "../../../src/vhack/controls.ts";
import { readVHack, writeVHack } from "../../../src/vhack/vHackFile.ts";
import type { Sabotage } from "../sabotage.ts";

/** The file claims to be the honest one: same shapes, same metadata. */
export const randomVHack: Sabotage = {
  name: "v_hack random",
  breaks: "extraction writes random unit directions",
  caughtAt: "R4",
  pointsAt: /v_hack does not tell|points the other way|not specific to v_hack|not its pairs'/,
  run: async (bench) => {
    const out = await bench.wholeCopyOfHonest("randomVHack");
    const { modules, metadata } = await readVHack(runLayout(out, "antipasto").vHack("nll"));
    const vHackPath = join(out, "vhack", "v_hack_random.safetensors");
    await writeVHack(vHackPath, { modules: randomDirections(modules, seededRng(1, "sabotage")), metadata });
    return { out, vHackPath };
  },
};
