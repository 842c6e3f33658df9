import { createHash, createPublicKey, verify } from "node:crypto";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { voteText } from "../../src/core/approval/vote-text.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { desk, hasBrowser, phone, picture, startBrowser, withPasskeys } from "./browser.ts";
import { Site } from "./site.ts";

let browser: Browser;
beforeAll(async () => {
  if (hasBrowser) browser = await startBrowser();
});
afterAll(async () => {
  if (hasBrowser) await browser.close();
});

/** A page on a socket, with a clock that agrees with the browser's. */
async function place() {
  const site = new Site();
  site.world.now = Date.now();
  const { address } = await site.start();
  return { site, address };
}

type Options = Parameters<Browser["newContext"]>[0];

/** One person's browser; what its pages complain about (a broken CSP too) fails the test. */
async function visitor(options: Options = { viewport: phone }): Promise<{ context: BrowserContext; tab: Page }> {
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  const tab = await context.newPage();
  tab.on("console", (message) => {
    // An answer that is no 2xx is what some of these tests are about.
    if (message.type() === "error" && !message.text().includes("status of")) complaints.push(message.text());
  });
  tab.on("pageerror", (error) => complaints.push(error.message));
  return { context, tab };
}

/** Signed in by a link from a terminal. */
async function signedIn(site: Site, address: string, person: string, options?: Options) {
  const { context, tab } = await visitor(options);
  await tab.goto(`${address}l/${await site.link(person)}`);
  await tab.getByRole("button", { name: `Sign in as ${person}` }).click();
  await tab.waitForURL(address);
  return { context, tab };
}

const answersOf = async (site: Site, request: Request) =>
  (await site.store.votes(request.id)).map(({ voter, answer, strength }) => `${voter} ${answer} ${strength}`);

describe.skipIf(!hasBrowser)("in a browser", () => {
  it("a lead finds what waits, reads the card on one phone screen, and approves", async () => {
    const { site, address } = await place();
    const request = await site.ask("-sV -p 22,80,443 10.20.0.0/24", { reason: "CHG-118 audit" });
    const { tab } = await signedIn(site, address, "carol");
    await picture(tab, "phone-list");
    await tab.getByRole("link", { name: /CHG-118 audit/ }).click();
    await picture(tab, "phone-card");
    const bottom = async (selector: string): Promise<number> => {
      const box = await tab.locator(selector).boundingBox();
      return (box?.y ?? Infinity) + (box?.height ?? 0);
    };
    const [card, form] = [await bottom("article"), await tab.locator("form.answer").boundingBox()];
    expect(card).toBeLessThanOrEqual(form?.y ?? 0);
    expect(await bottom("form.answer")).toBeLessThanOrEqual(phone.height);
    expect(await tab.evaluate("document.activeElement.tagName")).toBe("BODY");
    const offered = await tab.locator("form.answer .buttons > button, form.answer summary").allInnerTexts();
    expect(offered).toEqual(["Deny", "Less…", "Approve"]);
    await tab.getByLabel(/^Why/).fill("go ahead");
    // Enter in a field answers nothing.
    await tab.getByLabel(/^Why/).press("Enter");
    expect(await answersOf(site, request)).toEqual([]);
    await tab.getByRole("button", { name: "Approve", exact: true }).click();
    await tab.getByText("approved", { exact: true }).first().waitFor();
    expect(await answersOf(site, request)).toEqual(["carol approve account"]);
    await tab.reload();
    await tab.goBack().catch(() => undefined);
    await tab.reload();
    expect(await answersOf(site, request)).toEqual(["carol approve account"]);
  });

  it("ten seconds: a link on a phone, approve, touch: a signed vote that anybody can check later", async () => {
    const { site, address } = await place();
    const { context, tab } = await signedIn(site, address, "carol");
    await withPasskeys(context, tab);
    await tab.goto(`${address}me`);
    await tab.getByRole("button", { name: "Add a passkey" }).click();
    await tab.getByText("this kind of device").waitFor();
    await picture(tab, "phone-me");
    await tab.getByRole("button", { name: "sign out", exact: true }).click();
    await tab.getByRole("heading", { name: "Sign in" }).waitFor();
    await picture(tab, "phone-door");

    const request = await site.ask("-sS -p 443 10.20.0.0/28", { reason: "CHG-119" });
    // First tap: the link in the mail.
    await tab.goto(`${address}l/${await site.link("carol", request)}`);
    await picture(tab, "phone-link-passkey");
    // Second tap; the third is the device's own question, answered at once.
    await tab.getByRole("button", { name: "Approve with passkey" }).click();
    await tab.getByText("approved", { exact: true }).first().waitFor();
    await picture(tab, "phone-approved");
    expect(await answersOf(site, request)).toEqual(["carol approve signed"]);
    expect((await site.now(request.id)).state).toBe("approved");

    // Years later, from the trail alone: the key's registration and the vote.
    const events = await site.store.events({});
    const vote = events.find((event) => event.type === "vote.cast");
    const registered = events.find((event) => event.type === "passkey.added");
    const proof = vote?.data.proof;
    if (proof?.kind !== "passkey" || registered === undefined) throw new Error("no proof");
    expect(registered.data).toMatchObject({
      person: "carol",
      publicKey: proof.publicKey,
      credential: proof.credential,
    });
    const client = Buffer.from(proof.clientDataJSON, "base64url");
    const text = voteText(request, { voter: "carol", answer: "approve" });
    const said = JSON.parse(client.toString()) as { challenge: string; type: string };
    expect(said.challenge).toBe(createHash("sha256").update(text).digest("base64url"));
    const cose = Buffer.from(proof.publicKey, "base64url");
    // The two coordinates of a P-256 key: 32 bytes after each of the labels -2 and -3.
    const [x, y] = [cose.subarray(cose.indexOf("215820", "hex") + 3), cose.subarray(cose.indexOf("225820", "hex") + 3)];
    const point = (bytes: Buffer): string => bytes.subarray(0, 32).toString("base64url");
    const key = createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x: point(x), y: point(y) } });
    const signed = Buffer.concat([
      Buffer.from(proof.authenticatorData, "base64url"),
      createHash("sha256").update(client).digest(),
    ]);
    expect(verify("sha256", signed, key, Buffer.from(proof.signature, "base64url"))).toBe(true);
    // And it is still good when the grant is redeemed.
    const [stored] = await site.store.votes(request.id);
    const policy = await site.fx.policy.load();
    if (stored === undefined || !policy.ok) throw new Error("no vote");
    expect(await site.fx.proofs.check(proof, { request, vote: stored, policy: policy.value })).toEqual({
      ok: true,
      value: "signed",
    });
  });

  it("a passkey signs in too", async () => {
    const { site, address } = await place();
    const { context, tab } = await signedIn(site, address, "dave", { viewport: desk });
    await withPasskeys(context, tab);
    await tab.goto(`${address}me`);
    await tab.getByRole("button", { name: "Add a passkey" }).click();
    await tab.getByText("this kind of device").waitFor();
    await context.clearCookies();
    const request = await site.ask();
    await tab.goto(`${address}r/${request.id}`);
    expect(await tab.content()).not.toContain("10.20.");
    await tab.getByRole("button", { name: "Sign in with a passkey" }).click();
    await tab.waitForURL(`${address}r/${request.id}`);
    await tab.getByText("256 addresses").waitFor();
  });

  it("all of it goes without JavaScript: sign in by a mailed link, deny with a reason", async () => {
    const { site, address } = await place();
    const request = await site.ask();
    const { tab } = await visitor({ viewport: phone, javaScriptEnabled: false });
    await tab.goto(`${address}l/${await site.link("carol", request)}`);
    await picture(tab, "phone-link");
    await tab.getByLabel("Your login").fill("carol");
    await tab.getByRole("button", { name: "Sign in" }).click();
    await tab.getByLabel(/^Why/).fill("not in the freeze");
    await tab.getByRole("button", { name: "Deny" }).click();
    await tab.getByText("denied", { exact: true }).first().waitFor();
    expect(await site.now(request.id)).toMatchObject({ state: "denied", by: "carol", because: "not in the freeze" });
  });

  it("two voters at once are two votes", async () => {
    const { site, address } = await place();
    const request = await site.ask("-sV -p 22 10.20.128.0/24");
    const people = await Promise.all(
      ["carol", "dave"].map(async (person) => (await signedIn(site, address, person, { viewport: desk })).tab),
    );
    await Promise.all(people.map((tab) => tab.goto(`${address}r/${request.id}`)));
    await Promise.all(people.map((tab) => tab.getByRole("button", { name: "Approve", exact: true }).click()));
    await Promise.all(people.map((tab) => tab.waitForLoadState()));
    await expect.poll(async () => (await site.now(request.id)).state).toBe("approved");
    expect((await answersOf(site, request)).sort()).toEqual(["carol approve account", "dave approve account"]);
    for (const tab of people) {
      await tab.reload();
      await tab.getByText("approved", { exact: true }).first().waitFor();
    }
    await picture(people[0] ?? (await visitor()).tab, "desk-two-votes");
  });

  it("a wrong login says so, keeps what was typed, and votes for nobody", async () => {
    const { site, address } = await place();
    const request = await site.ask();
    const { tab } = await visitor();
    await tab.goto(`${address}l/${await site.link("carol", request)}`);
    await tab.getByLabel("Your login").fill("dave");
    await tab.getByLabel(/^Code/).fill("123456");
    await tab.getByLabel(/^Why/).fill("because");
    await tab.getByRole("button", { name: "Approve", exact: true }).click();
    await tab.getByRole("alert").waitFor();
    expect(await tab.getByRole("alert").innerText()).toContain("4 more tries");
    expect(await tab.getByLabel(/^Why/).inputValue()).toBe("because");
    await picture(tab, "phone-wrong-login");
    expect(await answersOf(site, request)).toEqual([]);
  });

  it("hostile text in every field stays text", async () => {
    const { site, address } = await place();
    const evil = `"><img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'--><svg/onload=hurt=1> \u202Egnp.exe\u0007\u001b[2J {{7*7}}`;
    const requester = { name: `<b onmouseover="window.hurt=1">bob</b>\u202E`, uid: 1001, groups: [] };
    const request = await site.ask("-sS -p 22 10.20.0.9", { reason: evil, requester });
    const { tab } = await signedIn(site, address, "carol", { viewport: desk });
    await picture(tab, "desk-hostile-list");
    for (const path of ["", `r/${request.id}`]) {
      await tab.goto(address + path);
      expect(await tab.evaluate("window.hurt")).toBeUndefined();
      expect(await tab.locator("img, svg, b[onmouseover]").count()).toBe(0);
      const text = await tab.locator("body").innerText();
      expect(text).toContain('onerror="window.hurt=1"');
      expect(text).not.toMatch(/[\u202E\u0007\u001b]/);
    }
    await picture(tab, "desk-hostile-card");
    await tab.getByLabel(/^Why/).fill(evil);
    await tab.getByRole("button", { name: "Deny" }).click();
    await tab.getByText("denied", { exact: true }).first().waitFor();
    expect(await tab.evaluate("window.hurt")).toBeUndefined();
    expect(await tab.locator("img, svg").count()).toBe(0);
  });
});

describe.skipIf(!hasBrowser)("a browser that nobody steers", () => {
  it("follows every link, fills in every form and presses every button of a mail: no vote, nobody signed in", async () => {
    const { site, address } = await place();
    const request = await site.ask("-sV -p 22,80,443 10.20.0.0/24", { reason: "CHG-118 audit" });
    const { tab } = await visitor();
    const links = await Promise.all(["carol", "dave"].map((person) => site.link(person, request)));
    const seen = new Set<string>();
    const open = links.map((secret) => `${address}l/${secret}`);
    // What a form could be filled with: anything that the page shows, and the usual.
    const guesses = ["test", "admin", "123456", "000000", "bob", "leads", "yes", "CHG-118"];
    for (let url = open.pop(); url !== undefined; url = open.pop()) {
      if (seen.has(url)) continue;
      seen.add(url);
      await tab.goto(url);
      const found = await tab
        .locator("a[href]")
        .evaluateAll((all) => all.map((one) => (one as unknown as { href: string }).href));
      open.push(...found.filter((next) => next.startsWith(address)));
      const buttons = await tab.locator("button:enabled, summary").count();
      for (let index = 0; index < buttons; index++) {
        const guess = guesses[index % guesses.length] ?? "";
        for (const field of await tab.locator("input:visible").all()) await field.fill(guess).catch(() => undefined);
        const button = tab.locator("button:enabled, summary").nth(index);
        await button.click({ timeout: 500 }).catch(() => undefined);
        await tab.waitForLoadState();
        if (tab.url() !== url) await tab.goto(url);
      }
    }
    expect(seen.size).toBeGreaterThan(2);
    expect(await site.store.votes(request.id)).toEqual([]);
    expect((await site.now(request.id)).state).toBe("pending");
    expect((await site.store.events({})).filter(({ type }) => type === "sign-in.opened")).toEqual([]);
  });
});
