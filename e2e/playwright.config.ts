import { defineConfig } from "@playwright/test";
import { browser } from "./browser.ts";

export default defineConfig({
  testDir: "page",
  outputDir: "test-results/page",
  globalSetup: "./build.ts",
  // One at a time: the tests measure time, and each starts a service of its own.
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 8_000 },
  reporter: [["list"]],
  forbidOnly: true,
  use: { ...browser, actionTimeout: 8_000 },
});
