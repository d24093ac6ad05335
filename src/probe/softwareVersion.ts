import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** What manifests and v_hack files say made them. */
export const softwareVersion = `vhack ${version}`;
