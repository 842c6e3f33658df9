// The approver that writes mail: one plain-text mail to one voter, over TLS that is verified. Nobody answers through it:
// the mail says how. Loads nodemailer, so it is loaded itself when there is something to send.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";
import type { Smtp } from "../core/configuration/configuration.ts";
import { escapeText } from "../core/escape.ts";
import type { Approver, ConfigSource, News, Question } from "../effects.ts";
import { CouldNotAsk } from "./could-not-ask.ts";
import { mailOf } from "./mail-text.ts";

export interface MailPatience {
  /** For the connection, and for the server's first word. Milliseconds. */
  readonly connectMs: number;
  /** For one mail as a whole. */
  readonly wholeMs: number;
}

const patient: MailPatience = { connectMs: 10_000, wholeMs: 30_000 };

export function createEmailApprover(smtp: Smtp, config: Pick<ConfigSource, "secret">, patience = patient): Approver {
  const send = async (message: Question | News, signal: AbortSignal): Promise<void> => {
    const { delivery, policy } = message;
    if (delivery === undefined) throw new CouldNotAsk("a mail is sent from the outbox alone", { isForGood: true });
    const { to } = delivery;
    const address = to === undefined ? policy.contact : policy.contacts.get(to)?.mail;
    if (address === undefined || !/^[^\s@,;<>"]+@[^\s@,;<>"]+$/.test(address)) {
      const who = to === undefined ? "contact" : to;
      throw new CouldNotAsk(`the policy has no mail address for ${who}`, { isForGood: true });
    }
    const domain = smtp.from.slice(smtp.from.lastIndexOf("@") + 1);
    await deliver(mailOf({ ...message, delivery }, domain), address, signal);
  };

  const deliver = async (mail: ReturnType<typeof mailOf>, address: string, signal: AbortSignal): Promise<void> => {
    const transport = nodemailer.createTransport({
      ...(await transportOptions(smtp, config)),
      connectionTimeout: patience.connectMs,
      greetingTimeout: patience.connectMs,
      dnsTimeout: patience.connectMs,
      socketTimeout: patience.wholeMs,
      // Nothing that stands in a message is ever read from a file or fetched.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const both = AbortSignal.any([signal, AbortSignal.timeout(patience.wholeMs)]);
    const over = new Promise<never>((_, reject) => {
      both.addEventListener("abort", () => {
        reject(new CouldNotAsk(`the mail server ${smtp.host} took too long`));
      });
    });
    const { subject, text, messageId, references, headers } = mail;
    try {
      const sending = transport.sendMail({
        from: { name: "jit-nmap", address: smtp.from },
        to: { name: "", address },
        ...{ subject, text, messageId, headers },
        ...(references !== undefined && { references, inReplyTo: references }),
      });
      // What becomes of a mail that was given up is of no interest any more.
      sending.catch(() => undefined);
      over.catch(() => undefined);
      await Promise.race([sending, over]);
    } catch (cause) {
      throw cause instanceof CouldNotAsk ? cause : explained(cause, smtp, address);
    } finally {
      transport.close();
    }
  };

  return {
    type: "email",
    async ask(question, signal) {
      if (signal.aborted) return { answers: [] };
      await send(question, signal).catch((cause: unknown) => {
        if (!isOver(signal)) throw cause;
      });
      return { answers: [] };
    },
    async tell(news, signal) {
      await send(news, signal);
    },
  };
}

const isOver = (signal: AbortSignal): boolean => signal.aborted;

async function transportOptions({ host, port, tls, login, caFile }: Smtp, config: Pick<ConfigSource, "secret">) {
  let ca: Buffer | undefined;
  if (caFile !== undefined) {
    try {
      ca = readFileSync(caFile);
    } catch (cause) {
      throw new CouldNotAsk(`the authorities for the mail server can't be read: ${caFile}`, { cause });
    }
  }
  const password = login === undefined ? undefined : await config.secret(login.passwordFile);
  if (password?.ok === false) throw new CouldNotAsk(password.error.message);
  return {
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: { minVersion: "TLSv1.2", rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
    ...(login !== undefined &&
      password !== undefined && {
        auth: {
          user: login.user,
          pass: Buffer.from(password.value)
            .toString("utf8")
            .replace(/\r?\n$/, ""),
        },
      }),
  } as const;
}

/** One sentence for whoever keeps the installation; what the server said is its own, and escaped. */
function explained(cause: unknown, { host, port }: Smtp, address: string): CouldNotAsk {
  const error = cause as { code?: string; responseCode?: number; response?: string; message?: string };
  const server = `the mail server ${host}:${port}`;
  const said = escapeText((error.response ?? error.message ?? String(cause)).slice(0, 300));
  const say = (sentence: string, isForGood = false): CouldNotAsk => new CouldNotAsk(sentence, { isForGood, cause });
  switch (error.code ?? "") {
    case "EAUTH":
      return say(`${server} does not take our user and password: ${said}`);
    case "EENVELOPE":
      return say(`${server} does not take mail for ${escapeText(address)}: ${said}`, (error.responseCode ?? 0) >= 500);
    case "ETIMEDOUT":
      return say(`${server} does not answer: ${said}`);
    case "EDNS":
    case "ECONNECTION":
    case "ESOCKET":
      return say(
        /certificate|altname|issuer|self-signed/i.test(said)
          ? `the certificate of ${server} is not one to trust: ${said}`
          : `${server} can't be reached: ${said}`,
      );
    case "ETLS":
      return say(`${server} does not speak TLS: ${said}`);
    default:
      return say(`${server} did not take the mail: ${said}`);
  }
}
