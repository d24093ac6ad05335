// Loaded before files of laws where they are only listed: `vitest` is then a module whose functions do nothing.
import { register } from "node:module";

const names = "afterAll afterEach beforeAll beforeEach describe expect inject it onTestFailed onTestFinished test vi";
const source = `
  const nothing = new Proxy(() => nothing, { get: (_, key) => (key === "then" ? undefined : nothing) });
  ${names
    .split(" ")
    .map((name) => `export const ${name} = nothing;`)
    .join("\n")}
`;
const hooks = `
  const stub = ${JSON.stringify(`data:text/javascript,${encodeURIComponent(source)}`)};
  export const resolve = (specifier, context, next) =>
    specifier === "vitest" ? { url: stub, format: "module", shortCircuit: true } : next(specifier, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
