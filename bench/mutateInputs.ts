/**
 * Mutates small inputs of every kind that a user hands over, and reads them as the program does.
 *
 *     node --import tsx bench/mutateInputs.ts [how many] [seed] [first]
 *
 * Every input must be accepted or refused by a coded error, within five seconds of processor and two gigabytes, with no
 * handle left open. An input is a function of the seed and its number: `1 SEED NUMBER` tries one again.
 */
import { textTable } from "../src/report/textTable.ts";
import { inputKinds } from "./support/inputKinds.ts";
import { tryMutants } from "./support/tryMutants.ts";

const [count = 20_000, seed = Math.floor(Math.random() * 2 ** 31), first = 0] = process.argv.slice(2).map(Number);
console.log(`seed ${seed}`);
const { outcomes, faults, peakBytes } = await tryMutants(seed, first, first + count, 250);

for (const { input, kind, what, detail } of faults) console.log(`input ${input} (${kind}): ${what}: ${detail}\n`);
const rows = inputKinds.map(({ name }) => {
  const own = outcomes.filter(({ kind }) => kind === name);
  const slowest = own.reduce((most, { cpuSeconds }) => Math.max(most, cpuSeconds), 0);
  return [
    name,
    String(own.length),
    String(own.filter(({ outcome }) => outcome === "accepted").length),
    String(own.filter(({ outcome }) => outcome.startsWith("E_")).length),
    String(faults.filter(({ kind }) => kind === name).length),
    slowest.toFixed(2),
  ];
});
console.log(textTable(["kind", "inputs", "accepted", "coded errors", "faults", "slowest, s"], rows));
console.log(
  `${outcomes.length} inputs, ${faults.length} faults; most memory of a process ${(peakBytes / 2 ** 30).toFixed(2)} GiB`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
