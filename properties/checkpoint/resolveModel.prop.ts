import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { resolveModel, type Hub } from "../../src/checkpoint/resolveModel.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const files: Readonly<Record<string, string>> = {
  "config.json": "{}",
  "model.safetensors": "weights",
  "tokenizer.json": "{}",
  "pytorch_model.bin": "not wanted",
  ".gitattributes": "nor this",
};
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** As much of the hub as a download sees, on this machine's loopback. `served` are the bytes that it really sends. */
async function withHub<T>(
  served: Readonly<Record<string, string>>,
  use: (hub: Hub, asked: string[]) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = request.url!;
    const path = url.split(`/resolve/${commit}/`)[1];
    if (path !== undefined) {
      const ranged = request.headers.range !== undefined;
      if (!ranged) asked.push(path);
      response
        .writeHead(ranged ? 206 : 200, { ETag: '"x"', "Content-Range": `bytes 0-0/${served[path]!.length}` })
        .end(ranged ? served[path]!.slice(0, 1) : served[path]);
    } else if (url.includes("/tree/"))
      response.end(
        JSON.stringify(
          Object.entries(files).map(([path, text]) => ({
            type: "file",
            path,
            size: text.length,
            oid: "x",
            ...(path.endsWith(".safetensors") ? { lfs: { oid: sha256(text), size: text.length, pointerSize: 1 } } : {}),
          })),
        ),
      );
    else if (url.includes("/api/models/org/tiny/"))
      response.end(JSON.stringify({ _id: "1", id: "org/tiny", sha: commit }));
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await withTemporaryFile("hub", (cacheDir) =>
      use(
        {
          cacheDir,
          url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          accessToken: null,
          mayDownload: true,
        },
        asked,
      ),
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const quiet = () => {};

describe("resolveModel", () => {
  it("takes a local directory as it is, and refuses one without a whole model -> ArtifactError", () =>
    withTemporaryFile("model", async (dir) => {
      const hub: Hub = { cacheDir: join(dir, "none"), url: "", accessToken: null, mayDownload: false };
      await writeFileAtomic(join(dir, "config.json"), Buffer.from("{}"));
      await expect(resolveModel(dir, hub, quiet)).rejects.toThrow(
        /expected config\.json with model\.safetensors or all of its shards/,
      );
      await writeFileAtomic(
        join(dir, "model.safetensors.index.json"),
        Buffer.from('{"weight_map":{"a":"1.safetensors"}}'),
      );
      await expect(resolveModel(dir, hub, quiet)).rejects.toThrow(/all of its shards/);
      await writeFileAtomic(join(dir, "1.safetensors"), Buffer.from("x"));
      expect(await resolveModel(dir, hub, quiet)).toBe(dir);
    }));

  it("rejects what is neither a directory nor a hub id, and a hub id that may not be downloaded -> ConfigError", () =>
    withTemporaryFile("hub", async (cacheDir) => {
      const hub: Hub = { cacheDir, url: "", accessToken: null, mayDownload: false };
      for (const name of ["no/such/folder", "../x", "x", "a b/c"])
        await expect(resolveModel(name, hub, quiet)).rejects.toThrow(/expected a model directory or a hub id/);
      await expect(resolveModel("org/tiny", hub, quiet)).rejects.toThrow(/downloads are off/);
    }));

  it("downloads what is wanted once, by file, and then finds it in the cache without asking", () =>
    withHub(files, async (hub, asked) => {
      const seen: string[] = [];
      const dir = await resolveModel("org/tiny", hub, (done, total, path) => seen.push(`${done}/${total} ${path}`));
      expect(seen).toEqual(["0/3 config.json", "1/3 model.safetensors", "2/3 tokenizer.json"]);
      expect(dir).toBe(join(hub.cacheDir, "models--org--tiny", "snapshots", commit));
      expect(await readFile(join(dir, "model.safetensors"), "utf8")).toBe("weights");
      asked.length = 0;
      expect(await resolveModel("org/tiny", { ...hub, mayDownload: false }, quiet)).toBe(dir);
      expect(asked).toEqual([]);
    }));

  // ELSE a model that arrived half or changed is run as if it were the published one
  it("rejects bytes that are not those the hub lists, and takes the download up again where it broke -> ArtifactError", () =>
    withHub({ ...files, "model.safetensors": "weightz" }, async (hub, asked) => {
      await expect(resolveModel("org/tiny", hub, quiet)).rejects.toThrow(
        /org\/tiny: expected to download it .* run again to resume/,
      );
      await expect(resolveModel("org/tiny", { ...hub, mayDownload: false }, quiet)).rejects.toThrow(/no whole copy/);
      asked.length = 0;
      await expect(resolveModel("org/tiny", hub, quiet)).rejects.toThrow(/sha256/);
      expect(asked, "config.json is there already").toEqual(["model.safetensors"]);
    }));
});
