import packageJson from "../../package.json" with { type: "json" };

/** What manifests and v_hack files say made them. */
export const softwareVersion = `vhack ${packageJson.version}`;
