/**
 * Write docs/laws.md: every law and the mutants that it rejects, from the titles of the tests.
 *
 *     npm run laws
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { lawRows, lawsDocument } from "./support/lawTable.ts";

const rows = await lawRows(fileURLToPath(new URL("../properties", import.meta.url)));
await writeFile(new URL("../docs/laws.md", import.meta.url), lawsDocument(rows));
console.log(`docs/laws.md: ${rows.length} laws`);
