/**
 * Write docs/generated/laws.md: every law and the mutants that it rejects.
 *
 *     npm run laws             write it
 *     npm run laws -- --print  print it
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { lawsDocument, readLaws } from "./support/lawTable.ts";

const rows = await readLaws(fileURLToPath(new URL("../properties", import.meta.url)));
if (process.argv.includes("--print")) process.stdout.write(lawsDocument(rows));
else {
  await writeFile(new URL("../docs/generated/laws.md", import.meta.url), lawsDocument(rows));
  console.log(
    `docs/generated/laws.md: ${rows.length} laws, ${rows.reduce((n, { mutants }) => n + mutants.length, 0)} mutants`,
  );
}
process.exit(0);
