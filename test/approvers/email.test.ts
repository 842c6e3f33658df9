// Mail as a server gets it and a person reads it: a real conversation with smtp-server in this process, read by
// mailparser; each way that a server fails has its sentence.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createEmailApprover } from "../../src/approvers/email.ts";
import { mailOf } from "../../src/approvers/mail-text.ts";
import type { Smtp } from "../../src/core/configuration/configuration.ts";
import type { Approver, Question } from "../../src/effects.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { makeCertificates, type Certificates } from "./certificates.ts";
import { configFixture } from "./config-fixture.ts";
import { approverContract } from "./contract.ts";
import { deliveryFixture } from "./delivery-fixture.ts";
import { policyFixture } from "./policy-fixture.ts";

const policy = policyFixture(`version: 1
contact: security@corp.example
people: { leads: { carol: { mail: carol@corp.example }, dave: { mail: dave@corp.example }, erin: {} } }
approvers: { mail: { type: email } }
`);
const password = "a long secret";
const secrets = configFixture(
  {},
  {
    "/secrets/smtp": `${password}
`,
  },
);
const quick = { connectMs: 300, wholeMs: 1500 };
const open = new AbortController().signal;

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => {
  certificates.remove();
});

interface Post {
  readonly port: number;
  readonly mails: ParsedMail[];
  readonly raw: string[];
  readonly envelopes: { from: string; to: readonly string[] }[];
}

/** A server that speaks STARTTLS and takes one user, or is otherwise. */
async function post(options: SMTPServerOptions = {}): Promise<Post & { close(): Promise<void> }> {
  const mails: ParsedMail[] = [];
  const raw: string[] = [];
  const envelopes: Post["envelopes"] = [];
  const server = new SMTPServer({
    key: readFileSync(certificates.key),
    cert: readFileSync(certificates.certificate),
    onAuth(auth, _session, done) {
      if (auth.username === "jit-nmap" && auth.password === password) done(null, { user: "jit-nmap" });
      else done(new Error("no such user"));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const whole = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        envelopes.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
        });
        void simpleParser(whole).then((mail) => {
          mails.push(mail);
          raw.push(whole.toString("utf8"));
          done();
        });
      });
    },
    ...options,
  });
  // What a client does that goes away is no failure of the server.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.server.address() as { port: number };
  return {
    port,
    mails,
    raw,
    envelopes,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

async function opened(options?: SMTPServerOptions): Promise<Post> {
  const server = await post(options);
  onTestFinished(() => server.close());
  return server;
}

const smtpAt = (port: number, more: Partial<Smtp> = {}): Smtp => ({
  host: "127.0.0.1",
  port,
  tls: "starttls",
  login: { user: "jit-nmap", passwordFile: "/secrets/smtp" },
  from: "jit-nmap@corp.example",
  caFile: certificates.ca,
  ...more,
});
const mailer = (port: number, more: Partial<Smtp> = {}): Approver =>
  createEmailApprover(smtpAt(port, more), secrets, quick);

const question = (to = "carol", more: Partial<Question> = {}): Question & { delivery: object } => ({
  request: requestFixture({ reason: "CHG-118 audit" }),
  voters: [to],
  name: "mail",
  policy,
  delivery: deliveryFixture({ to }),
  ...more,
});

approverContract(
  "email",
  async () => {
    const server = await post();
    let isClosed = false;
    const close = async (): Promise<void> => {
      if (!isClosed) await server.close();
      isClosed = true;
    };
    return {
      approver: mailer(server.port),
      asked: () => Promise.resolve(),
      declines: () => Promise.resolve(),
      breaks: close,
      close,
    };
  },
  { answers: "none", to: "carol", policy },
);

describe("a mail that asks", () => {
  it("goes to one voter, over TLS, as plain text with the card, the whole command and how to answer", async () => {
    const server = await opened();
    await mailer(server.port).ask(question(), open);
    expect(server.envelopes).toEqual([{ from: "jit-nmap@corp.example", to: ["carol@corp.example"] }]);
    const [mail] = server.mails;
    expect(mail?.subject).toBe("bob: SYN scan on 256 lab hosts, 20 min, CHG-118 audit [r7kq2m4x9ab]");
    expect(mail?.html).toBe(false);
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail?.text).toContain("bob: SYN scan on 256 lab hosts, 20 min, CHG-118 audit\n");
    expect(mail?.text).toMatch(/the whole command\n {2}nmap .*10\.20\.0\.0\/24\n/s);
    expect(mail?.text).toContain("  jit-nmap approve r7kq2m4x9ab\n  jit-nmap deny r7kq2m4x9ab\n");
    expect(mail?.text).not.toContain("http");
  });

  it("has the page's link where there is a page", async () => {
    const server = await opened();
    await mailer(server.port).ask(question("carol", { link: "https://jit.corp.example/l/abc" }), open);
    expect(server.mails[0]?.text).toContain("  https://jit.corp.example/l/abc\n");
  });

  it("keeps question, reminder and ending in one thread for each person", async () => {
    const server = await opened();
    const approver = mailer(server.port);
    const { request } = question();
    await approver.ask(question(), open);
    await approver.ask(
      question("carol", { delivery: deliveryFixture({ number: 8, kind: "reminder", to: "carol" }) }),
      open,
    );
    const ended = { ...request, state: "denied", endedAt: 0, by: "dave", because: "not today" } as const;
    const delivery = deliveryFixture({ number: 9, kind: "decided", to: "carol" });
    await approver.tell?.({ request: ended, name: "mail", policy, delivery }, open);
    const [first, second, third] = server.mails;
    expect(first?.references).toBeUndefined();
    expect([second?.inReplyTo, third?.inReplyTo]).toEqual([first?.messageId, first?.messageId]);
    expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(3);
    expect(third?.subject).toMatch(/^Denied: bob: SYN scan/);
    expect(third?.text).toMatch(/^Denied: .*\nBy dave\.\nNot today\.\n/);
    expect(mailOf({ request, delivery: deliveryFixture({ to: "dave" }) }, "corp.example").messageId).not.toBe(
      first?.messageId,
    );
  });

  it("never becomes anything else by what others wrote: no header, no second mail, no terminal sequence", async () => {
    const server = await opened();
    const nasty = "x\r\nBcc: mallory@evil.example\r\n\r\n.\r\nMAIL FROM:<a@b>\u001b[2J\u202e<b>";
    const request = requestFixture({ reason: nasty, requester: { name: nasty, uid: 1, groups: [] } });
    await mailer(server.port).ask(question("carol", { request }), open);
    expect(server.envelopes).toEqual([{ from: "jit-nmap@corp.example", to: ["carol@corp.example"] }]);
    const [mail] = server.mails;
    expect([mail?.bcc, mail?.cc]).toEqual([undefined, undefined]);
    expect(mail?.subject).toContain("\\u{d}\\u{a}Bcc: mallory@evil.example");
    expect(server.raw[0]).not.toMatch(/^Bcc:/im);
    expect(`${mail?.subject ?? ""}${mail?.text ?? ""}`).not.toMatch(/[\u001b\u202e\r]/);
  });

  it("is free of control characters whatever the reason is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (reason) => {
        const { subject, text, headers } = mailOf(
          { request: requestFixture({ reason }), delivery: deliveryFixture({ to: "carol" }) },
          "corp.example",
        );
        expect(subject).not.toMatch(/\p{Cc}|\p{Cf}/u);
        expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
        expect(text.split("\n").filter((line) => line.startsWith("request "))).toHaveLength(1);
        expect(Object.values(headers).join("")).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 200 },
    );
  });

  it("looks like this", () => {
    const request = requestFixture({ reason: "CHG-118 audit" });
    const delivery = deliveryFixture({ to: "carol" });
    const { subject, text } = mailOf({ request, delivery, link: "https://jit.corp.example/l/SECRET" }, "corp.example");
    return expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot("golden/question.mail.txt");
  });

  it("takes the contact for news that are nobody's in particular", async () => {
    const server = await opened();
    const { request } = question();
    const delivery = deliveryFixture({ kind: "started" });
    await mailer(server.port).tell?.({ request, name: "mail", policy, delivery }, open);
    expect(server.envelopes[0]?.to).toEqual(["security@corp.example"]);
    const silent = { request, name: "mail", policy: policyFixture(), delivery };
    await expect(mailer(server.port).tell?.(silent, open)).rejects.toMatchObject({
      isForGood: true,
      message: "the policy has no mail address for contact",
    });
  });
});

describe("a mail server", () => {
  it("speaks TLS from its first byte where that is configured", async () => {
    const server = await opened({ secure: true });
    await mailer(server.port, { tls: "implicit" }).ask(question(), open);
    expect(server.mails).toHaveLength(1);
  });

  it("goes without TLS only where that is configured", async () => {
    const plain = await opened({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"], authOptional: true });
    await expect(mailer(plain.port).ask(question(), open)).rejects.toThrow(/does not speak TLS|did not take/);
    expect(plain.mails).toEqual([]);
    const from = "jit-nmap@corp.example";
    await createEmailApprover({ host: "127.0.0.1", port: plain.port, tls: "none", from }, secrets, quick).ask(
      question(),
      open,
    );
    expect(plain.mails).toHaveLength(1);
  });

  it.each<[string, () => Promise<{ port: number; more?: Partial<Smtp> }>, RegExp, boolean]>([
    [
      "is down",
      async () => {
        const server = await post();
        await server.close();
        return { port: server.port };
      },
      /^the mail server 127\.0\.0\.1:\d+ can't be reached: .*ECONNREFUSED/,
      false,
    ],
    ["never greets", async () => ({ port: await silent() }), /does not answer: .*greeting/i, false],
    [
      "has a certificate of somebody else's",
      async () => ({ port: (await opened()).port, more: { caFile: foreignCa() } }),
      /^the certificate of the mail server .* is not one to trust/,
      false,
    ],
    [
      "has the certificate of another name",
      async () => ({ port: (await opened(otherName())).port, more: { caFile: otherCa() } }),
      /^the certificate of the mail server .* is not one to trust/,
      false,
    ],
    [
      "refuses our password",
      async () => ({
        port: (
          await opened({
            onAuth: (_a, _s, done) => {
              done(new Error("535 no"));
            },
          })
        ).port,
      }),
      /does not take our user and password/,
      false,
    ],
    [
      "refuses the recipient for good",
      async () => ({ port: (await opened({ onRcptTo: refuse(550, "no such user here") })).port }),
      /does not take mail for carol@corp\.example: .*no such user here/,
      true,
    ],
    [
      "refuses the recipient for now",
      async () => ({ port: (await opened({ onRcptTo: refuse(451, "greylisted") })).port }),
      /does not take mail for carol@corp\.example: .*greylisted/,
      false,
    ],
    [
      "never takes the end of the mail",
      async () => ({ port: (await opened({ onData: (stream) => void stream.resume() })).port }),
      /took too long/,
      false,
    ],
  ])("that %s is said so, and it is nobody's vote", async (_, make, sentence, isForGood) => {
    const { port, more } = await make();
    const asking = mailer(port, more).ask(question(), open);
    await expect(asking).rejects.toMatchObject({ isForGood, message: expect.stringMatching(sentence) as string });
  });

  it("may refuse once and take it the next time", async () => {
    let attempts = 0;
    const server = await opened({
      onRcptTo: (_address, _session, done) => {
        attempts++;
        done(attempts === 1 ? Object.assign(new Error("later"), { responseCode: 451 }) : null);
      },
    });
    const approver = mailer(server.port);
    await expect(approver.ask(question(), open)).rejects.toMatchObject({ isForGood: false });
    expect(await approver.ask(question(), open)).toEqual({ answers: [] });
    expect(server.mails).toHaveLength(1);
  });

  it("gets no password that others could have read, and nothing then", async () => {
    const server = await opened();
    const login = { user: "jit-nmap", passwordFile: "/nowhere" };
    await expect(mailer(server.port, { login }).ask(question(), open)).rejects.toThrow(
      "the secret /nowhere is not there",
    );
    expect(server.envelopes).toEqual([]);
  });
});

const refuse =
  (responseCode: number, message: string): NonNullable<SMTPServerOptions["onRcptTo"]> =>
  (_address, _session, done) => {
    done(Object.assign(new Error(message), { responseCode }));
  };

/** A port where somebody listens and says nothing. */
async function silent(): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

function foreignCa(): string {
  const others = makeCertificates();
  onTestFinished(() => {
    others.remove();
  });
  return others.ca;
}

let named: Certificates | undefined;
function otherName(): SMTPServerOptions {
  named = makeCertificates("DNS:mail.elsewhere.example");
  const { key, certificate } = named;
  onTestFinished(() => named?.remove());
  return { key: readFileSync(key), cert: readFileSync(certificate) };
}

function otherCa(): string {
  if (named === undefined) throw new Error("no certificate yet");
  const copy = join(named.folder, "authority.pem");
  writeFileSync(copy, readFileSync(named.ca));
  return copy;
}
