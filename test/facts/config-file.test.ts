// config.yaml as it stands on disk: what it says, where a mistake in it is, and whose it has to be.
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { configFile } from "../../src/facts/config-file.ts";
import type { ConfigSource } from "../../src/effects.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "jit-nmap-config-"));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

const at = (path: string): ConfigSource => configFile(path, (work) => work());

function says(text: string, mode = 0o600): { config: ConfigSource; path: string; home: string } {
  const home = folder();
  const path = join(home, "config.yaml");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return { config: at(path), path, home };
}

const whole = `version: 1
public-url: https://jit.corp.example/nmap/
listen: "[::1]:9443"
trusted-proxy: [127.0.0.1, 10.0.0.0/24]
smtp:
  host: mail.corp.example
  user: jit-nmap
  password-file: smtp-password
  from: jit-nmap@corp.example
  ca-file: /etc/ssl/corp.pem
webhooks:
  soc:
    url: https://soc.corp.example/hook
    sign: { key-file: ours.pem }
    verify: { secret-file: soc-secret }
    timeout: 5s
    allow-internal: [10.1.2.0/24]
  chat: { url-file: slack-url, shape: slack, verify: { secret-file: slack-secret } }
metrics: { token-file: metrics-token }
retention: 90d
`;

describe("config.yaml", () => {
  it("says how people and services are reached, with paths from its own folder", async () => {
    const { config, home, path } = says(whole);
    expect(await config.load()).toEqual({
      ok: true,
      value: {
        origin: path,
        publicUrl: "https://jit.corp.example/nmap",
        listen: { host: "::1", port: 9443 },
        trustedProxy: ["127.0.0.1", "10.0.0.0/24"],
        smtp: {
          host: "mail.corp.example",
          port: 587,
          tls: "starttls",
          login: { user: "jit-nmap", passwordFile: join(home, "smtp-password") },
          from: "jit-nmap@corp.example",
          caFile: "/etc/ssl/corp.pem",
        },
        webhooks: new Map([
          [
            "soc",
            {
              name: "soc",
              shape: "standard",
              url: { kind: "plain", url: "https://soc.corp.example/hook" },
              sign: { kind: "key", file: join(home, "ours.pem") },
              verify: { kind: "secret", file: join(home, "soc-secret") },
              timeoutSeconds: 5,
              allowInternal: ["10.1.2.0/24"],
            },
          ],
          [
            "chat",
            {
              name: "chat",
              shape: "slack",
              url: { kind: "file", file: join(home, "slack-url") },
              verify: { kind: "secret", file: join(home, "slack-secret") },
              timeoutSeconds: 10,
              allowInternal: [],
            },
          ],
        ]),
        metricsTokenFile: join(home, "metrics-token"),
        retentionSeconds: 90 * 86_400,
      },
    });
  });

  it("need not be there, and may be empty", async () => {
    const nowhere = join(folder(), "config.yaml");
    const nothing = {
      origin: nowhere,
      listen: { host: "127.0.0.1", port: 8420 },
      trustedProxy: [],
      webhooks: new Map(),
    };
    expect(await at(nowhere).load()).toEqual({ ok: true, value: nothing });
    const { config, path } = says("# nothing yet\n");
    expect(await config.load()).toEqual({ ok: true, value: { ...nothing, origin: path } });
  });

  it("is read anew when it changed", async () => {
    const { config, path } = says("");
    await config.load();
    writeFileSync(path, "retention: 1d\n");
    expect(await config.load()).toMatchObject({ value: { retentionSeconds: 86_400 } });
  });

  it.each<[string, string, string, string | undefined]>([
    ["smpt: { host: m, from: a@b.example }", 'unknown key "smpt"', "1:1", 'did you mean "smtp"?'],
    ["smtp: { host: m.example, from: nobody }", "a mail address without a name is wanted here", "1:32", undefined],
    ["smtp: { host: m.example, from: 'a@b.example\\r\\nX: y' }", "a mail address without a name", "1:32", undefined],
    [
      "smtp: { host: m.example, from: a@b.example, tls: none }",
      "mail that leaves this machine needs TLS",
      "1:50",
      "only a mail server on this machine itself (127.0.0.1, ::1, localhost) goes without",
    ],
    ["smtp: { host: m.example, from: a@b.example, user: u }", "user and password-file go together", "1:45", undefined],
    ["public-url: http://jit.example", "this is not how people could reach the page", "1:13", undefined],
    ["public-url: https://a:b@jit.example", "this is not how people could reach the page", "1:13", undefined],
    ["listen: example.org:80", "an address and a port are wanted here", "1:9", undefined],
    ["trusted-proxy: [10.0.0.1/8]", "", "1:17", undefined],
    [
      "webhooks: { soc: { url: 'http://soc.example/', sign: { secret-file: a } } }",
      "a service is asked over https",
      "1:25",
      undefined,
    ],
    [
      "webhooks: { soc: { url: 'https://u:p@soc.example/', sign: { secret-file: a } } }",
      "a URL shows its password",
      "1:25",
      undefined,
    ],
    ["webhooks: { soc: { url: 'https://soc.example/' } }", "needs to know that we are asking", "1:13", undefined],
    ["webhooks: { soc: { shape: teams } }", "a service has a url", "1:13", undefined],
    [
      "webhooks: { soc: { url: 'https://s.example/', sign: { secret-file: a }, verify: { secret-file: a } } }",
      "each direction has a key of its own",
      "1:73",
      "with one for both, what we send could be sent back to us as an answer",
    ],
    [
      "webhooks: { soc: { url: 'https://s.example/', shape: ntfy, verify: { secret-file: a } } }",
      "nobody votes there",
      "1:60",
      undefined,
    ],
    [
      "webhooks: { soc: { url: 'https://s.example/', sign: { secret-file: a }, timeout: 11s } }",
      "at most 10s",
      "1:82",
      undefined,
    ],
    ["webhooks: { soc: { url: 'https://s.example/', shape: discord } }", "the shape is one of", "1:54", undefined],
  ])("%s is a mistake with its place", async (text, message, place, hint) => {
    const { config, path } = says(`${text}\n`);
    const loaded = await config.load();
    const [problem] = loaded.ok ? [] : loaded.error;
    expect(problem?.message).toContain(message);
    expect([problem?.at?.file, `${problem?.at?.line ?? ""}:${problem?.at?.column ?? ""}`]).toEqual([path, place]);
    expect(problem?.at?.excerpt).toContain("^");
    if (hint !== undefined) expect(problem?.hint).toBe(hint);
  });

  it.each([0o620, 0o602, 0o666])("that others can write (%o) is not used", async (mode) => {
    const { config, path } = says(whole, mode);
    expect(await config.load()).toEqual({
      ok: false,
      error: [{ code: "config-unusable", message: `${path} can be changed by others`, hint: `chmod go-w ${path}` }],
    });
  });

  it.runIf(process.geteuid?.() === 0)("of an account that has nothing to do with it is not used", async () => {
    const { path, config } = says(whole);
    const { chownSync } = await import("node:fs");
    chownSync(path, 65_534, 65_534);
    expect(await config.load()).toMatchObject({ error: [{ message: `${path} belongs to another account` }] });
  });

  it("that is no file, too large or no text is not used", async () => {
    const home = folder();
    expect(await at(home).load()).toMatchObject({ error: [{ code: "config-unusable" }] });
    symlinkSync("/dev/zero", join(home, "zero"));
    expect(await at(join(home, "zero")).load()).toMatchObject({ error: [{ code: "config-unusable" }] });
    const large = says("#".repeat((1 << 20) + 1));
    expect(await large.config.load()).toMatchObject({
      error: [{ message: expect.stringContaining("too large") as string }],
    });
    const { config, path } = says("");
    writeFileSync(path, Buffer.from([0xff, 0xfe]));
    expect(await config.load()).toMatchObject({ error: [{ message: `${path} is not UTF-8 text` }] });
  });
});

describe("a secret", () => {
  const secret = async (mode: number, text = "a secret") => {
    const { config, home } = says("");
    const path = join(home, "secret");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return { path, read: await config.secret(path) };
  };

  it.each([0o600, 0o400, 0o640])(
    "is read where nobody else, or a group that shares the installation, can (%o)",
    async (mode) => {
      const { read } = await secret(mode);
      expect(read.ok && Buffer.from(read.value).toString()).toBe("a secret");
    },
  );

  it.each([0o644, 0o604, 0o660, 0o602])("that others can read or change (%o) is refused", async (mode) => {
    const { read, path } = await secret(mode);
    expect(read).toMatchObject({ ok: false, error: { code: "secret-unusable" } });
    expect(JSON.stringify(read)).toContain(path);
    expect(JSON.stringify(read)).not.toContain("a secret");
  });

  it("that is not there is said so", async () => {
    const { config, home } = says("");
    const path = join(home, "none");
    expect(await config.secret(path)).toEqual({
      ok: false,
      error: { code: "secret-unusable", message: `the secret ${path} is not there` },
    });
  });
});
