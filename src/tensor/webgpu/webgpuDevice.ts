import { ConfigError } from "../../errors.ts";

/**
 * Give tf.js a WebGPU implementation in Node: Dawn, through the npm package `webgpu`, over Vulkan or Metal.
 *
 * Must run before the webgpu backend is imported. Without a GPU, VK_DRIVER_FILES may name a software driver: right for
 * conformance tests, very slow.
 *
 * @throws ConfigError when no adapter is found
 */
export async function provideWebGpu(): Promise<void> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const toggles = ["backend=vulkan"];
  const gpu = create(process.platform === "linux" ? toggles : []);
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true });
  if ((await gpu.requestAdapter()) === null)
    throw new ConfigError(
      "--backend webgpu: expected a Vulkan or Metal adapter, got none; install the GPU driver's Vulkan loader, " +
        "or name a software driver in VK_DRIVER_FILES",
    );
}
