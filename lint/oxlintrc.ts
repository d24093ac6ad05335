/** Which folder of src/ may import which, and which packages and the console belong to whom. */
export interface Layers {
  /** folders by level, the lowest first */
  readonly levels: readonly (readonly string[])[];
  readonly packages: readonly { readonly names: string[]; readonly onlyIn: string[]; readonly message: string }[];
  /** folders that may write to the console */
  readonly console: readonly string[];
}

interface Rules {
  readonly overrides: readonly object[];
}

/**
 * The linter's configuration: the common rules, and one override per folder of src/.
 *
 * A folder imports itself, files of src/ itself, and folders of strictly lower levels. Neighbours on one level do not
 * know each other.
 */
export function oxlintrc(rules: Rules, layers: Layers): object {
  const folders = layers.levels.flat();
  return { ...rules, overrides: [...folders.map((folder) => folderRules(folder, layers)), ...rules.overrides] };
}

function folderRules(folder: string, { levels, packages, console }: Layers): object {
  const level = levels.findIndex((folders) => folders.includes(folder));
  const above = levels
    .slice(level)
    .flat()
    .filter((other) => other !== folder);
  const patterns = [
    { group: above.map((other) => `**/${other}/**`), message: `${folder}/ may import only lower layers` },
    ...packages
      .filter(({ onlyIn }) => !onlyIn.includes(folder))
      .map(({ names, message }) => ({ group: names, message })),
  ];
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": ["error", { patterns: patterns.filter(({ group }) => group.length > 0) }],
      ...(console.includes(folder) ? {} : { "no-console": "error" }),
    },
  };
}
