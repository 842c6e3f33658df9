// When two names are one person. Separate because the same question has two answers: who is refused is asked loosely,
// who is entitled exactly.
import type { Requester } from "../policy/decision.ts";

/** Who votes or takes back, as surely as the channel knows: `uid` where the operating system said it. */
export interface Voter {
  /** Login name. */
  readonly name: string;
  readonly uid?: number;
}

/**
 * One spelling for all spellings of a login: case, width, invisible characters, a domain before (`CORP\bob`) or after
 * (`bob@corp`), a prefix as in policies (`user:bob`). Only ever used to refuse or to count two as one, never to let
 * somebody in: `bob@elsewhere` must not become an entitled `bob`.
 */
export function personKey(login: string): string {
  const plain = login
    .normalize("NFKC")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\s]/gu, "")
    .toLowerCase();
  const name = plain
    .replace(/^(?:user|login|uid|service):/, "")
    .replace(/^.*\\/, "")
    .replace(/@.*$/, "");
  return name === "" ? plain : name;
}

/** Whether this is the requester under any name: the login in any spelling, or the uid, known or spelt out. */
export function isRequester(requester: Requester, voter: Voter): boolean {
  if (voter.uid === requester.uid) return true;
  const key = personKey(voter.name);
  if (key === personKey(requester.name)) return true;
  const digits = /^#?0*(\d+)$/.exec(key)?.[1];
  return digits === String(requester.uid);
}
