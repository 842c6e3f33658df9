// The built program asks by real mail: a script files a request, its voter gets the mail, votes, and both hear the end.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer } from "smtp-server";
import { expect, it, onTestFinished } from "vitest";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const me = userInfo().username;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function jitNmap(home: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", JIT_NMAP_HOME: home };
    execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

/** A folder with a policy that asks carol by mail, and what else config.yaml says. */
function house(config: string): string {
  const home = mkdtempSync(join(tmpdir(), "jit-nmap-mail-"));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  });
  mkdirSync(join(home, "policies"));
  writeFileSync(
    join(home, "policies", "lab.yaml"),
    `version: 1
people:
  leads: { carol: { mail: carol@corp.example }, ${me}: { mail: me@corp.example } }
approvers: { mail: { type: email } }
rules:
  - name: lab
    effect: ask
    targets: [127.0.0.0/8]
    ask: { votes: { leads: 1 }, via: [mail] }
`,
  );
  writeFileSync(join(home, "config.yaml"), config, { mode: 0o600 });
  return home;
}

async function post(): Promise<{ port: number; mails: ParsedMail[] }> {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, _session, done) {
      void simpleParser(stream).then((mail) => {
        mails.push(mail);
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(resolve);
      }),
  );
  return { port: (server.server.address() as { port: number }).port, mails };
}

const smtp = (port: number): string =>
  `smtp: { host: 127.0.0.1, port: ${port}, tls: none, from: jit-nmap@corp.example }\n`;

it("asks the voter, never the requester, and tells both how it ended", async () => {
  const { port, mails } = await post();
  const home = house(smtp(port));
  const filed = await jitNmap(home, "request", "-sL", "-n", "127.0.0.1");
  const id = filed.stdout.trim();
  expect(filed).toMatchObject({ code: 0, stderr: `jit-nmap: ${id} waits: jit-nmap wait ${id}\n` });
  expect(mails.map(({ to }) => (Array.isArray(to) ? to : [to]).map((one) => one?.text).join())).toEqual([
    "carol@corp.example",
  ]);
  expect(mails[0]?.subject).toBe(`${me}: list scan on 1 host, 15 min [${id}]`);
  expect(mails[0]?.text).toContain(`  jit-nmap approve ${id}\n`);

  expect(await jitNmap(home, "cancel", id)).toMatchObject({ code: 0 });
  expect(mails.slice(1).map(({ subject }) => subject)).toEqual([
    `Taken back: ${me}: list scan on 1 host, 15 min [${id}]`,
    `Taken back: ${me}: list scan on 1 host, 15 min [${id}]`,
  ]);
  const shown = await jitNmap(home, "show", id);
  expect(shown.stdout).toMatch(/mail asked carol/);
});

it("says at once what is missing, or could not be sent, and files no vote", async () => {
  const home = house("");
  expect(await jitNmap(home, "request", "-sL", "-n", "127.0.0.1")).toMatchObject({
    code: 69,
    stderr: expect.stringContaining("the approver mail sends mail, and no mail server is configured") as string,
  });
  const down = house(smtp(1));
  const filed = await jitNmap(down, "request", "-sL", "-n", "127.0.0.1");
  expect(filed.code).toBe(0);
  expect(filed.stderr).toMatch(
    /error: mail could not be asked \(carol\): the mail server 127\.0\.0\.1:1 can't be reached/,
  );
  const shown = await jitNmap(down, "show");
  expect(shown.stdout).toMatch(/mail could not ask carol: .*can't be reached/);
});

it("uses no configuration that others can change, and shows where a mistake is", async () => {
  const wrong = house("smtp: { hots: mail.example }\n");
  const told = await jitNmap(wrong, "request", "-sL", "-n", "127.0.0.1");
  expect(told.code).toBe(69);
  expect(told.stderr).toMatch(/config\.yaml/);
});
