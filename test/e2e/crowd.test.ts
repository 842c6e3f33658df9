// Figure 3 of security.md through the real command line, small; `npm run soak` has the rounds.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command, file, gather, round, type Crowd } from "./crowd.ts";

describe.runIf(process.getuid?.() === 0)("a crowd of processes", () => {
  let crowd: Crowd;
  beforeAll(() => {
    crowd = gather();
  });
  afterAll(() => crowd.remove());

  it.each([
    ["that approve, deny, cancel, revoke and run one request leaves one end, and at most one scan", false],
    ["that approve and run one request runs it once", true],
  ])("%s", async (_, onlyRuns) => {
    expect(await round(crowd, 12, onlyRuns)).toEqual([]);
    expect((await crowd.store.verify()).kind).toBe("intact");
  });

  it("never takes more runs from a standing approval than it has", async () => {
    const { home, store } = crowd;
    const added = await command(home, "root", [
      "standing",
      "add",
      "--runs",
      "3",
      "--until",
      "1d",
      "--",
      "-sL",
      "127.0.0.0/28",
    ]);
    const id = added.stdout.trim();
    const found = await store.findRequest(id);
    if (found.kind !== "found") throw new Error(id);
    await command(home, "games", ["approve", id, "--digest", found.request.digest]);
    const ends = await Promise.all(
      Array.from({ length: 8 }, (_, at) => command(home, "root", ["-sL", `127.0.0.${at % 8}`])),
    );
    expect(ends.filter(({ code }) => code === 0)).toHaveLength(3);
    expect(ends.filter(({ code }) => code === 75)).toHaveLength(5);
    expect(await store.standingRuns(found.request.id, Date.now())).toBe(3);
  });

  it("sees a running scan end within a second of its revocation, with what it found", async () => {
    const { home, store } = crowd;
    const id = file(home, ["-sT", "-Pn", "--scan-delay", "1s", "-p", "1-60", "127.0.0.1"]);
    const found = await store.findRequest(id);
    if (found.kind !== "found") throw new Error(id);
    await command(home, "games", ["approve", id, "--digest", found.request.digest]);
    const scanning = command(home, "root", ["run", id]);
    while ((await store.sessions(id)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await command(home, "news", ["revoke", id]);
    expect((await scanning).code).toBe(80);
    const events = await store.events({ request: id });
    const at = (type: string): number => Date.parse(events.find((event) => event.type === type)?.time ?? "");
    expect(at("session.ended") - at("grant.revoked")).toBeLessThan(1000);
    const [session] = await store.sessions(id);
    expect(session?.end?.ending).toBe("revoked");
    expect(await store.result(session?.id as never)).toMatchObject({ complete: false });
  });
});
