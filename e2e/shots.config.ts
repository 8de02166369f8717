import { defineConfig } from "@playwright/test";
import { browser } from "./browser.ts";

export default defineConfig({
  testDir: "shots",
  outputDir: "test-results/shots",
  globalSetup: "./build.ts",
  workers: 1,
  timeout: 60_000,
  reporter: [["list"]],
  use: { ...browser, viewport: { width: 1280, height: 800 } },
});
