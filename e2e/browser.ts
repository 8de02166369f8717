import type { PlaywrightTestConfig } from "@playwright/test";

/** The system's Chromium, which the tests share with whoever develops here; CHROMIUM names another. */
export const browser: PlaywrightTestConfig["use"] = {
  browserName: "chromium",
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  },
};
