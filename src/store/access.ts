// What lets voters in at the page, as rows: links that open once, visits, passkeys.
import { wrongLogins, type AccessStep, type Passkey, type SignInLink, type Visit } from "../core/approval/access.ts";
import { unreachable } from "../core/result.ts";
import type { AccessRecords } from "../effects.ts";
import type { Database, Prepare } from "./database.ts";

/** How long a row is kept that opens nothing any more: long enough to say "this link is over". */
const keptMs = 7 * 24 * 3_600_000;

/** Whether the step is still possible: the link unused, the names new. */
export function isAccessAsExpected(statement: Prepare, step: AccessStep): boolean {
  switch (step.kind) {
    case "link-made":
      return statement("SELECT 1 FROM sign_in_links WHERE hash = ?").get(step.link.hash) === undefined;
    case "visit-opened": {
      if (statement("SELECT 1 FROM visits WHERE hash = ?").get(step.visit.hash) !== undefined) return false;
      if (step.link === undefined) return true;
      const open = statement(
        "SELECT 1 FROM sign_in_links WHERE hash = ? AND person = ? AND used = 0 AND wrong < ? AND valid_until > ?",
      );
      return open.get(step.link, step.visit.person, wrongLogins, step.visit.openedAt) !== undefined;
    }
    case "visit-ended":
      return statement("SELECT 1 FROM visits WHERE hash = ?").get(step.visit) !== undefined;
    case "visits-ended":
      return true;
    case "passkey-added":
      return statement("SELECT 1 FROM passkeys WHERE id = ?").get(step.passkey.id) === undefined;
    case "passkey-removed":
      return statement("SELECT 1 FROM passkeys WHERE id = ? AND person = ?").get(step.id, step.person) !== undefined;
    default:
      return unreachable(step);
  }
}

/** Writes the step that `isAccessAsExpected` allowed. */
export function putAccess(statement: Prepare, step: AccessStep): void {
  switch (step.kind) {
    case "link-made": {
      const { hash, person, request, validUntil } = step.link;
      statement("DELETE FROM sign_in_links WHERE valid_until < ?").run(validUntil - keptMs);
      statement("INSERT INTO sign_in_links (hash, person, request, valid_until) VALUES (?, ?, ?, ?)").run(
        hash,
        person,
        request ?? null,
        validUntil,
      );
      return;
    }
    case "visit-opened": {
      const { hash, person, by, openedAt, validUntil } = step.visit;
      if (step.link !== undefined) statement("UPDATE sign_in_links SET used = 1 WHERE hash = ?").run(step.link);
      statement("DELETE FROM visits WHERE valid_until < ?").run(openedAt);
      statement("INSERT INTO visits (hash, person, by, opened_at, valid_until) VALUES (?, ?, ?, ?, ?)").run(
        hash,
        person,
        by,
        openedAt,
        validUntil,
      );
      return;
    }
    case "visit-ended":
      statement("DELETE FROM visits WHERE hash = ?").run(step.visit);
      return;
    case "visits-ended":
      statement("DELETE FROM visits WHERE person = ?").run(step.person);
      statement("UPDATE sign_in_links SET used = 1 WHERE person = ? AND used = 0").run(step.person);
      return;
    case "passkey-added": {
      const { id, person, publicKey, counter, transports, addedAt } = step.passkey;
      statement(
        "INSERT INTO passkeys (id, person, public_key, counter, transports, added_at) VALUES (?, ?, ?, ?, ?, ?)",
      ).run(id, person, publicKey, counter, JSON.stringify(transports), addedAt);
      return;
    }
    case "passkey-removed":
      statement("DELETE FROM passkeys WHERE id = ? AND person = ?").run(step.id, step.person);
      return;
    default:
      unreachable(step);
  }
}

interface LinkRow {
  readonly hash: SignInLink["hash"];
  readonly person: string;
  readonly request: NonNullable<SignInLink["request"]> | null;
  readonly valid_until: number;
  readonly used: number;
  readonly wrong: number;
}

interface PasskeyRow {
  readonly id: string;
  readonly person: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: string;
  readonly added_at: number;
}

export function accessRecords(database: Database): AccessRecords {
  return {
    link: (hash) =>
      database.read((statement) => {
        const row = statement("SELECT * FROM sign_in_links WHERE hash = ?").get(hash) as LinkRow | undefined;
        if (row === undefined) return undefined;
        const { person, request, valid_until: validUntil, used, wrong } = row;
        return { hash, person, ...(request !== null && { request }), validUntil, used: used === 1, wrong };
      }),
    wrongLogin: (hash) =>
      database.write((statement) => {
        statement("UPDATE sign_in_links SET wrong = wrong + 1 WHERE hash = ?").run(hash);
      }),
    visit: (hash) =>
      database.read(
        (statement) =>
          statement(
            `SELECT hash, person, by, opened_at AS openedAt, valid_until AS validUntil FROM visits WHERE hash = ?`,
          ).get(hash) as Visit | undefined,
      ),
    passkeys: (person) =>
      database.read((statement) =>
        (statement("SELECT * FROM passkeys WHERE person = ? ORDER BY added_at").all(person) as PasskeyRow[]).map(
          passkeyOf,
        ),
      ),
    passkey: (id) =>
      database.read((statement) => {
        const row = statement("SELECT * FROM passkeys WHERE id = ?").get(id) as PasskeyRow | undefined;
        return row && passkeyOf(row);
      }),
    passkeyUsed: (id, counter) =>
      database.write((statement) => {
        // An authenticator that does not count always says 0.
        const noted = statement(
          "UPDATE passkeys SET counter = :counter WHERE id = :id AND (counter < :counter OR (counter = 0 AND :counter = 0))",
        ).run({ counter, id });
        return noted.changes === 1;
      }),
  };
}

function passkeyOf(row: PasskeyRow): Passkey {
  const { id, person, public_key: publicKey, counter, added_at: addedAt } = row;
  const transports: unknown = JSON.parse(row.transports);
  const named = Array.isArray(transports) ? transports.filter((one) => typeof one === "string") : [];
  return { id, person, publicKey, counter, transports: named, addedAt };
}
