import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { lawRows, type LawRow } from "../../properties/support/lawsOf.ts";

/** A law with the file that states it. */
export interface LawOfFile extends LawRow {
  readonly file: string;
}

/** Load every file of laws below a folder, outside vitest, and list what they state. */
export async function readLaws(folder: string): Promise<LawOfFile[]> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".laws.ts")).toSorted();
  const rows: LawOfFile[] = [];
  for (const name of files) {
    lawRows.clear();
    await import(pathToFileURL(join(folder, name)).href);
    rows.push(...[...lawRows.values()].map((row) => ({ ...row, file: `properties/${name.replaceAll("\\", "/")}` })));
  }
  return rows;
}

/** The laws as a document: a table for each file. */
export function lawsDocument(rows: readonly LawOfFile[]): string {
  const mutants = rows.reduce((sum, row) => sum + row.mutants.length, 0);
  const line = ({ unit, law, mutants: wrong, falls }: LawOfFile) =>
    `| ${[unit, law, wrong.join("; "), falls].map((cell) => cell.replaceAll(/[<>|]/g, "\\$&")).join(" | ")} |`;
  const files = [...new Set(rows.map(({ file }) => file))];
  return [
    "# Laws, and the wrong implementations that each one rejects",
    "",
    "Each row is one property. It holds for the real function and was seen to fail for every wrong implementation listed.",
    "",
    `${rows.length} laws, ${mutants} mutants. \`npm run laws\` writes this page from the laws themselves.`,
    ...files.flatMap((file) => [
      "",
      `## ${file}`,
      "",
      "| of | law | mutants it rejects | else |",
      "|---|---|---|---|",
      ...rows.filter((row) => row.file === file).map(line),
    ]),
    "",
  ].join("\n");
}
