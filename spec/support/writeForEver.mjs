import { register } from "tsx/esm/api";

// A process to be killed: it writes FOLDER/x again and again, slowly enough that it is always in the middle of it.
register();
const { writeFileAtomic } = await import("../../src/artifact/atomicFile.ts");
const [, , folder, rounds] = process.argv;
async function* slowly() {
  for (let i = 0; i < 4; i++) {
    yield new Uint8Array(1000).fill(i);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
console.log("begun");
for (let round = 0; round < Number(rounds); round++) await writeFileAtomic(`${folder}/x`, slowly());
