import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readNmapXml } from "../../src/core/results/nmap-xml.ts";
import type { RunningSession, SessionFiles } from "../../src/effects.ts";
import { createSessionHost } from "../../src/session/host.ts";
import { freshSession, guards, nmapPath, privateDirectory, remains, script, startWrapper, until } from "./scene.ts";
import { startSession } from "./start-session.ts";
import { yardstick } from "./yardstick.ts";

function open(stateDir = privateDirectory()) {
  const host = createSessionHost({ stateDir });
  const session = freshSession();
  const run = async (
    argv: (files: SessionFiles) => readonly string[],
    options: { ttlSeconds?: number; stdout?: "discard" | "tee"; env?: Readonly<Record<string, string>> } = {},
  ): Promise<RunningSession> => {
    const files = await host.prepare(session);
    const started = await startSession(host, {
      session,
      argv: argv(files),
      env: options.env ?? { PATH: "/usr/bin:/bin", LC_ALL: "C" },
      ttlSeconds: options.ttlSeconds ?? 20,
      stdout: options.stdout ?? "discard",
    });
    if (!started.ok) throw new Error(started.error.message);
    return started.value;
  };
  const result = async (file: keyof SessionFiles = "xml"): Promise<string> =>
    Buffer.from(await host.read(session, file)).toString();
  return { stateDir, host, session, run, result };
}

/** Descriptors that are not /dev/null: what runs the tests may itself have been given odd ones, which are then covered. */
function leadingSomewhere(directory: string): readonly string[] {
  return readdirSync(directory).filter((descriptor) => readlinkSync(join(directory, descriptor)) !== "/dev/null");
}

describe("a session", () => {
  it("runs the installed nmap, which finds a real listener, and leaves nothing behind", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    onTestFinished(() => {
      server.close();
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { stateDir, host, session, run } = open();
    const running = await run(({ xml, normal }) => [
      nmapPath,
      "-n",
      "-Pn",
      "-sT",
      `-p${port}`,
      "-oX",
      xml,
      "-oN",
      normal,
      "127.0.0.1",
    ]);
    const end = await running.ended;
    expect(end).toMatchObject({ ending: "exited", exitCode: 0, signal: null });
    expect(end.seconds).toBeGreaterThan(0);
    expect(Math.abs(Date.now() - end.endedAt)).toBeLessThan(5000);
    const summary = readNmapXml(await host.read(session, "xml"));
    expect(summary).toMatchObject({
      complete: true,
      openPorts: 1,
      open: [{ address: "127.0.0.1", open: [{ protocol: "tcp", port }] }],
    });
    expect(Buffer.from(await host.read(session, "normal")).toString()).toContain(`${port}/tcp open`);
    expect(await host.read(session, "grepable")).toHaveLength(0);
    await host.discard(session);
    expect(readdirSync(join(stateDir, "sessions"))).toEqual([]);
    await until(() => remains(stateDir).length === 0);
  });

  it("passes nmap's own exit code on", async () => {
    const { run } = open();
    const running = await run(({ xml }) => [nmapPath, "-n", "-p70000", "-oX", xml, "127.0.0.1"]);
    await expect(running.ended).resolves.toMatchObject({ ending: "exited", exitCode: 1 });
  });

  it("gives nmap exactly the environment that it is told, and the session's mark", async () => {
    const { session, run, result } = open();
    const env = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
    const running = await run(() => ["/usr/bin/env", "-0"], { env, stdout: "tee" });
    await running.ended;
    const seen = (await result()).split("\0").filter((line) => line !== "");
    expect(Object.fromEntries(seen.map((line) => line.split("=", 2)))).toEqual({ ...env, JIT_NMAP_SESSION: session });
  });

  it("gives nmap an empty input, an own session without a terminal, an empty directory, no core files and a strict umask", async () => {
    const { stateDir, session, run, result } = open();
    const fake = script(stateDir, `wc -c; ls -A | wc -l; pwd; umask; ulimit -c; cut -d' ' -f1,5,6,7 /proc/$$/stat`);
    await (
      await run(() => [fake], { stdout: "tee" })
    ).ended;
    const [input, entries, directory, umask, core, ids] = (await result()).split("\n");
    expect([input, entries, umask, core]).toEqual(["0", "0", "0077", "0"]);
    expect(directory).toBe(join(stateDir, "sessions", session, "work"));
    const [pid, group, own, terminal] = ids?.split(" ") ?? [];
    expect([group, own, terminal]).toEqual([pid, pid, "0"]);
  });

  it("gives nmap no descriptor beyond standard error, and the guard its leash", async () => {
    const wrapper = await startWrapper(["/bin/sleep", "60"], 60);
    const directory = `/proc/${wrapper.nmapPid}/fd`;
    await until(() => readFileSync(`/proc/${wrapper.nmapPid}/comm`, "utf8") === "sleep\n");
    expect(leadingSomewhere(directory)).toEqual(["2"]);
    expect(readlinkSync(join(directory, "0"))).toBe("/dev/null");
    const [guard] = guards().filter(({ pid, session }) => pid === session);
    const guarded = `/proc/${guard?.pid ?? 0}/fd`;
    // While it waits, the shell reads the leash as its standard input.
    await until(() => leadingSomewhere(guarded).join() === "0,3");
    expect(readlinkSync(join(guarded, "0"))).toBe(readlinkSync(join(guarded, "3")));
  });

  it("covers a descriptor that whoever started us left open", async () => {
    const stateDir = privateDirectory();
    const out = join(stateDir, "seen");
    const fake = script(stateDir, `readlink /proc/$$/fd/251 >${out}; sleep 60`);
    const wrapper = await startWrapper([fake], 60, { stateDir, foreignDescriptor: 251 });
    await until(
      () => statSync(out, { throwIfNoEntry: false })?.size !== undefined && readFileSync(out, "utf8").endsWith("\n"),
    );
    expect(readFileSync(out, "utf8")).toBe("/dev/null\n");
    expect(execFileSync("readlink", [`/proc/${wrapper.process.pid ?? 0}/fd/251`], { encoding: "utf8" })).toMatch(
      /^socket:/,
    );
    const [guard] = guards();
    expect(execFileSync("readlink", [`/proc/${guard?.pid ?? 0}/fd/251`], { encoding: "utf8" })).toBe("/dev/null\n");
  });

  it("keeps its directory to itself", async () => {
    const { stateDir, host, session } = open();
    await host.prepare(session);
    expect(statSync(join(stateDir, "sessions", session)).mode & 0o777).toBe(0o700);
    await expect(host.prepare(session)).rejects.toThrow("EEXIST");
  });

  it("keeps what it tees, byte for byte", async () => {
    const { stateDir, run, result } = open();
    const fake = script(stateDir, "head -c 300000 /dev/zero | tr '\\0' 'x'; echo end");
    await (
      await run(() => [fake], { stdout: "tee" })
    ).ended;
    expect(await result()).toBe(`${"x".repeat(300_000)}end\n`);
  });

  it.each([
    ["is not there", "nmap-missing", "/usr/bin/no-such-nmap"],
    ["is a directory", "nmap-unusable", "/usr/bin"],
    ["has no right to be executed", "nmap-unusable", "/etc/passwd"],
  ])("does not start when nmap %s", async (_, code, path) => {
    const { stateDir, host, session } = open();
    await host.prepare(session);
    const started = await startSession(host, { session, argv: [path], env: {}, ttlSeconds: 5, stdout: "discard" });
    expect(started).toMatchObject({ ok: false, error: { code } });
    expect(remains(stateDir)).toEqual([]);
  });

  it("runs nothing of nmap before it is opened, and nothing at all once it was dropped", async () => {
    const late = yardstick();
    const { stateDir, host, session } = open();
    const { xml } = await host.prepare(session);
    const launch = { session, argv: ["/usr/bin/touch", xml], env: {}, stdout: "discard" } as const;
    const staged = await host.stage(launch);
    if (!staged.ok) throw new Error(staged.error.message);
    await until(() => guards().length > 0);
    // Longer than guard and shell take when the gate is open, as other tests show.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await host.read(session, "xml")).length).toBe(0);
    expect(readdirSync(join(stateDir, "sessions", session)).sort()).toEqual(["lease", "work"]);
    await staged.value.drop();
    expect(await until(() => remains(stateDir).length === 0)).toBeLessThan(1 + late());
    expect(readdirSync(join(stateDir, "sessions", session)).sort()).toEqual(["lease", "work"]);
  });

  it("counts the time box from its opening, not from its staging", async () => {
    const late = yardstick();
    const { stateDir, host, session } = open();
    await host.prepare(session);
    const launch = { session, argv: ["/bin/sleep", "0.1"], env: {}, stdout: "discard" } as const;
    const staged = await host.stage(launch);
    if (!staged.ok) throw new Error(staged.error.message);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const running = await staged.value.open(1);
    if (!running.ok) throw new Error(running.error.message);
    await expect(running.value.ended).resolves.toMatchObject({ ending: "exited", exitCode: 0 });
    expect(await until(() => remains(stateDir).length === 0)).toBeLessThan(1 + late());
  });

  it.each(["symbolic link", "hard link", "directory", "pipe"])("does not read a result that is a %s", async (kind) => {
    const { stateDir, host, session } = open();
    const { xml } = await host.prepare(session);
    const other = join(stateDir, "other");
    writeFileSync(other, "secret");
    if (kind === "symbolic link") symlinkSync(other, xml);
    else if (kind === "hard link") linkSync(other, xml);
    else if (kind === "directory") mkdirSync(xml);
    else execFileSync("mkfifo", [xml]);
    await expect(host.read(session, "xml")).rejects.toThrow(/ELOOP|plain file/);
  });
});

/** What a stand-in for nmap does once its traps are set, and the wait for that. */
const READY = ': >"${0%/*}/ready"';
const ready = (stateDir: string): Promise<number> => until(() => existsSync(join(stateDir, "ready")));

describe("stopping", () => {
  it("gently lets nmap end by itself", async () => {
    const { stateDir, run } = open();
    const fake = script(stateDir, `trap 'exit 7' INT; ${READY}; while :; do sleep 0.05; done`);
    const running = await run(() => [fake]);
    await ready(stateDir);
    running.stop("gently", "interrupted");
    await expect(running.ended).resolves.toMatchObject({ ending: "interrupted", exitCode: 7 });
  });

  it("now ends all of it at once", async () => {
    const late = yardstick();
    const { stateDir, run } = open();
    const fake = script(stateDir, "trap '' INT TERM; sleep 60 & sleep 60");
    const running = await run(() => [fake]);
    const begin = performance.now();
    running.stop("now", "revoked");
    await expect(running.ended).resolves.toMatchObject({ ending: "revoked", exitCode: null, signal: "SIGKILL" });
    expect(performance.now() - begin).toBeLessThan(1000 + 1000 * late());
    await until(() => remains(stateDir).length === 0);
  });

  it("promptly lets nmap end by itself, but only for half a second", async () => {
    const late = yardstick();
    const polite = open();
    const answers = script(polite.stateDir, `trap 'exit 7' INT; ${READY}; while :; do sleep 0.05; done`);
    const ends = await polite.run(() => [answers]);
    await ready(polite.stateDir);
    ends.stop("promptly", "revoked");
    await expect(ends.ended).resolves.toMatchObject({ ending: "revoked", exitCode: 7 });

    const { stateDir, run } = open();
    const running = await run(() => [script(stateDir, `trap '' INT TERM; ${READY}; while :; do sleep 0.1; done`)]);
    await ready(stateDir);
    const begin = performance.now();
    running.stop("promptly", "revoked");
    await expect(running.ended).resolves.toMatchObject({ ending: "revoked", signal: "SIGKILL" });
    expect(performance.now() - begin).toBeLessThan(1000 + 1000 * late());
    await until(() => remains(stateDir).length === 0);
  });

  it("gently is not for ever: what ignores it is killed within three seconds", async () => {
    const late = yardstick();
    const { stateDir, run } = open();
    const fake = script(stateDir, `trap '' INT TERM; ${READY}; while :; do sleep 0.1; done`);
    const running = await run(() => [fake]);
    await ready(stateDir);
    const begin = performance.now();
    running.stop("gently", "interrupted");
    await expect(running.ended).resolves.toMatchObject({ ending: "interrupted", signal: "SIGKILL" });
    expect(performance.now() - begin).toBeGreaterThan(2900);
    expect(performance.now() - begin).toBeLessThan(4000 + 1000 * late());
  });

  it("tells a death that nobody asked for", async () => {
    const { stateDir, run } = open();
    const running = await run(() => [script(stateDir, "kill -SEGV $$")]);
    await expect(running.ended).resolves.toMatchObject({ ending: "signalled", signal: "SIGSEGV", exitCode: null });
  });
});
