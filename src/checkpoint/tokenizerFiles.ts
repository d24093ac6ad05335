import { join } from "node:path";
import { fileExists } from "../artifact/fileExists.ts";
import { parseJson } from "../artifact/parseJson.ts";
import { readText } from "../artifact/textFile.ts";
import { sha256OfBytes } from "../artifact/sha256.ts";
import { ConfigError, quoted } from "../errors.ts";

type Json = Record<string, unknown>;

/** A tokenizer directory's files, parsed as far as to JSON. */
export interface TokenizerFiles {
  readonly where: string;
  readonly tokenizerJson: Json;
  readonly configJson: Json;
  readonly chatTemplate: string | null;
  /** bos_token, eos_token, pad_token and the like, by role, as a chat template sees them */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** SHA-256 over the files' texts: the same ids and the same prompts. */
  readonly hash: string;
}

/**
 * Read tokenizer.json, tokenizer_config.json and, where they exist, special_tokens_map.json and chat_template.jinja.
 *
 * @throws ArtifactError  a file is missing or not JSON
 * @throws ConfigError    a file does not hold a JSON object
 */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const where = join(dir, "tokenizer_config.json");
  const tokenizerText = await readText(join(dir, "tokenizer.json"));
  const configText = await readText(where);
  const jinjaPath = join(dir, "chat_template.jinja");
  const jinja = (await fileExists(jinjaPath)) ? await readText(jinjaPath) : null;
  const configJson = parseObject(configText, where);
  const mapPath = join(dir, "special_tokens_map.json");
  const mapText = (await fileExists(mapPath)) ? await readText(mapPath) : "{}";
  return {
    where,
    tokenizerJson: parseObject(tokenizerText, join(dir, "tokenizer.json")),
    configJson,
    specialTokens: { ...specialTokens(parseObject(mapText, mapPath)), ...specialTokens(configJson) },
    chatTemplate: jinja ?? templateInConfig(configJson["chat_template"], where),
    hash: sha256OfBytes(
      [tokenizerText, configText, jinja ?? "", ...(mapText === "{}" ? [] : [mapText])]
        .map((text) => sha256OfBytes(text))
        .join("\n"),
    ),
  };
}

const roles = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map((role) => `${role}_token`);

/** A token is a text, or an object that holds it as `content`. */
function specialTokens(json: Json): Record<string, string> {
  return Object.fromEntries(
    roles.flatMap((role) => {
      const raw = json[role];
      const content = typeof raw === "object" && raw !== null && "content" in raw ? raw.content : raw;
      return typeof content === "string" ? [[role, content]] : [];
    }),
  );
}

/** A template is a string, or a list of named ones of which "default" is meant. */
function templateInConfig(raw: unknown, where: string): string | null {
  if (raw === undefined || raw === null) return null;
  if (typeof raw === "string") return raw;
  const named: unknown[] = Array.isArray(raw) ? raw : [];
  const isDefault = (item: unknown): item is Json =>
    typeof item === "object" && item !== null && "name" in item && item.name === "default";
  const template = named.find(isDefault)?.["template"];
  if (typeof template === "string") return template;
  throw new ConfigError(
    `${where}: expected chat_template to be a string or a list with one named "default", got ${quoted(raw)}`,
  );
}

function parseObject(text: string, where: string): Json {
  const value = parseJson(text, where);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new ConfigError(`${where}: expected a JSON object, got other JSON`);
}
