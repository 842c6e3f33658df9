// A real browser for the page's tests: Debian's Chromium through playwright-core. One browser per test file, one context
// per person.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

export const executablePath = "/usr/bin/chromium";
export const hasBrowser = existsSync(executablePath);

export const phone = { width: 390, height: 844 } as const;
export const desk = { width: 1280, height: 800 } as const;

export function startBrowser(): Promise<Browser> {
  // Root may not have Chromium's own sandbox; what it opens here is this machine alone.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

const output = join(import.meta.dirname, "../output");

/** A picture for people to look at; nothing is compared. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(output, { recursive: true });
  await page.screenshot({ path: join(output, `${name}.png`) });
}

/** A device that holds passkeys: touched at once, its person verified. */
export async function withPasskeys(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
