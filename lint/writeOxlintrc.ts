import { writeFile } from "node:fs/promises";
import { format } from "prettier";
import layers from "./layers.json" with { type: "json" };
import { oxlintrc } from "./oxlintrc.ts";
import rules from "./rules.json" with { type: "json" };

/** `npm run lint:layers`: write .oxlintrc.json from the layer table and the common rules. */
const target = new URL("../.oxlintrc.json", import.meta.url);
await writeFile(
  target,
  await format(JSON.stringify(oxlintrc(rules, layers)), { filepath: ".oxlintrc.json", printWidth: 120 }),
);
