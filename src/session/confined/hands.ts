// How a confined session is reached while it runs, and what is taken back at its end. Signals go by account, because
// bwrap stands between this program and nmap and its own end would be nmap's.
import type { Launched } from "../launch.ts";
import { signalGroup, uptimeCentiseconds } from "../processes.ts";
import type { Hands } from "../running.ts";
import type { Revocation } from "../../core/audit/event.ts";
import { clearAccount, countProcesses, moveBox, signalAccount } from "./account.ts";
import { connectionsOf } from "./connections.ts";
import { endGroup, removeGroup } from "./control-group.ts";
import type { Egress } from "./egress.ts";

export interface ConfinedHands extends Hands {
  /** Looks after the rules until the session is over. `lost`: they no longer hold it; the others as in egress.ts. */
  watch(lost: () => void, refused: () => void, told: (violations: readonly string[]) => void): void;
}

/** What of a session there is to hold, and how what is left of it is told and given back. */
interface Holding {
  readonly uid: number;
  readonly launched: Launched;
  readonly egress: Egress;
  readonly setpriv: string;
  readonly ss: string;
  readonly group: string | undefined;
  /** What was taken back, by a look at the machine; the account is still leased. */
  readonly look: (processesEnded: number) => Promise<Revocation>;
  /** Takes files and number from the account, once nothing runs under it; gives their names. */
  readonly giveBack: () => readonly string[];
}

/** How long telling the kernel of a later end may take, and how often it is told anew when it took longer. */
const SOON_CENTISECONDS = 5;
const READMISSIONS = 10;

export function confinedHands({ uid, launched, egress, setpriv, ss, group, look, giveBack }: Holding): ConfinedHands {
  const connections = connectionsOf(uid, ss);
  const notes: string[] = [];
  let lose = (because: string): void => void notes.push(because);
  let ended = 0;
  const count = (): void => {
    ended = Math.max(ended, countProcesses(uid));
  };
  let stopWatching = (): void => undefined;
  let until = 0;
  let readmitting = Promise.resolve();
  const readmit = async (): Promise<void> => {
    for (let tries = 0; tries < READMISSIONS; tries++) {
      const asked = uptimeCentiseconds();
      if (asked >= until) return;
      if (!(await egress.readmit((until - asked) * 10))) {
        // It would go on without reaching anything, and every host would look as if nobody were there.
        lose("the kernel would not give it more time");
        return;
      }
      // The kernel counts from when it is told: what that took on a busy machine would come on top.
      if (uptimeCentiseconds() - asked <= SOON_CENTISECONDS) return;
    }
  };
  const signal = (name: "INT" | "TERM" | "KILL"): void => void signalAccount(setpriv, uid, name);
  return {
    watch(lost, refused, told) {
      lose = (because) => {
        notes.push(because);
        lost();
      };
      stopWatching = egress.watch(lose, refused, told);
    },
    interrupt() {
      count();
      // Its output is all that it may still finish, and that needs no network.
      void egress.withdraw().then(() => {
        connections.note();
        signal("INT");
      });
    },
    terminate() {
      count();
      // The way out first: from here on nothing leaves, whatever does not want to end.
      void egress.withdraw().then(() => {
        connections.note();
        signal("TERM");
      });
    },
    kill() {
      count();
      connections.note();
      if (group !== undefined) endGroup(group);
      // bwrap goes with its group, and everything behind it with bwrap; what does not, by its account.
      signalGroup(launched.leader, "SIGKILL");
      void egress.withdraw();
      signal("KILL");
    },
    extend(deadline) {
      moveBox(setpriv, uid, Math.ceil((deadline - uptimeCentiseconds()) / 100) + 1);
      until = deadline;
      // One after the other, so that the last word is that of the latest.
      readmitting = readmitting.then(readmit);
    },
    async clear() {
      // What is removed from here on is removed by us.
      stopWatching();
      // Everything in the process namespace ends with bwrap; the account is looked at all the same.
      signalGroup(launched.leader, "SIGKILL");
      if (group !== undefined) endGroup(group);
      const refused = await egress.refused();
      const processes = clearAccount(setpriv, uid);
      const reset = processes.then(() => connections.end());
      const [, account, disconnected] = await Promise.all([egress.remove(), processes, reset]);
      if (group !== undefined) await removeGroup(group);
      const violations = [
        ...notes,
        ...(refused ?? (notes.length > 0 ? [] : ["the packet rules were gone at the end"])),
      ];
      if (!account.clear) violations.push(`something still runs as uid ${uid}`);
      const looked = await look(ended + account.killed);
      // A number under which something runs is nobody else's: a later sweep ends that.
      const given = [...(disconnected ? ["connections"] : []), ...(account.clear ? giveBack() : [])];
      return { violations, revocation: { ...looked, revoked: [...looked.revoked, ...given] } };
    },
  };
}

/** Ends a shell that never became nmap, with its guard. */
export function endUnopened({ child, leader, guardLeader }: Launched): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => {
      resolve();
    });
    signalGroup(leader, "SIGKILL");
    signalGroup(guardLeader, "SIGKILL");
    if (child.exitCode !== null || child.signalCode !== null) resolve();
  });
}
