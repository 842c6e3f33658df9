// Mail to a server that others wrote: Debian's python3-aiosmtpd, started here, with STARTTLS, a password and a
// certificate that openssl made.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { simpleParser } from "mailparser";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createEmailApprover } from "../../src/approvers/email.ts";
import type { Smtp } from "../../src/core/configuration/configuration.ts";
import { ok } from "../../src/core/result.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { makeCertificates, type Certificates } from "./certificates.ts";
import { deliveryFixture } from "./delivery-fixture.ts";
import { policyFixture } from "./policy-fixture.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => {
  certificates.remove();
});

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
  readonly tls: boolean;
  readonly user: string | null;
}

/** Its port, and the mails that it took. */
async function startServer(): Promise<{ port: number; next(): Promise<Taken> }> {
  const script = join(import.meta.dirname, "aiosmtpd-server.py");
  // Debian's Python: the package is its.
  const server = spawn("/usr/bin/python3", [script, certificates.certificate, certificates.key], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.once("close", resolve));
  onTestFinished(async () => {
    server.kill("SIGKILL");
    await ended;
  });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  const port = Number(/^port (\d+)$/.exec(await line())?.[1]);
  return { port, next: async () => JSON.parse(await line()) as Taken };
}

const question = {
  request: requestFixture({ reason: "CHG-118 Prüfung" }),
  voters: ["carol"],
  name: "mail",
  policy: policyFixture("version: 1\npeople: { leads: { carol: { mail: carol@corp.example } } }\n"),
  delivery: deliveryFixture({ to: "carol" }),
};
const open = new AbortController().signal;

const mailer = (port: number, password: string, ca: string | undefined) => {
  const smtp: Smtp = {
    host: "localhost",
    port,
    tls: "starttls",
    login: { user: "jit-nmap", passwordFile: "/secrets/smtp" },
    from: "jit-nmap@corp.example",
    ...(ca !== undefined && { caFile: ca }),
  };
  return createEmailApprover(smtp, { secret: () => Promise.resolve(ok(Buffer.from(password))) });
};

it("takes our mail over STARTTLS, signed in, and reads in it what we wrote", async () => {
  const server = await startServer();
  await mailer(server.port, "a long secret", certificates.ca).ask(question, open);
  const taken = await server.next();
  expect(taken).toMatchObject({
    from: "jit-nmap@corp.example",
    to: ["carol@corp.example"],
    tls: true,
    user: "jit-nmap",
  });
  const mail = await simpleParser(taken.content);
  expect(mail.subject).toBe("bob: SYN scan on 256 lab hosts, 20 min, CHG-118 Prüfung [r7kq2m4x9ab]");
  expect(mail.text).toContain("reason       CHG-118 Prüfung\n");
});

it("gets nothing where its certificate is not one to trust, or our password is wrong", async () => {
  const server = await startServer();
  await expect(mailer(server.port, "a long secret", undefined).ask(question, open)).rejects.toThrow(
    /^the certificate of the mail server localhost:\d+ is not one to trust/,
  );
  await expect(mailer(server.port, "another", certificates.ca).ask(question, open)).rejects.toThrow(
    /does not take our user and password/,
  );
});
