// How a confined session is reached while it runs, and what is taken back at its end. Signals go by account, because
// bwrap stands between this program and nmap and its own end would be nmap's.
import type { Launched } from "../launch.ts";
import { signalGroup, uptimeCentiseconds } from "../processes.ts";
import type { Hands } from "../running.ts";
import { clearAccount, moveBox, signalAccount } from "./account.ts";
import type { Egress } from "./egress.ts";

export interface ConfinedHands extends Hands {
  /** Looks after the rules until the session is over. `lost`: they no longer hold it; the others as in egress.ts. */
  watch(lost: () => void, refused: () => void, told: (violations: readonly string[]) => void): void;
}

export function confinedHands(uid: number, launched: Launched, egress: Egress, setpriv: string): ConfinedHands {
  const notes: string[] = [];
  let lose = (because: string): void => void notes.push(because);
  let stopWatching = (): void => undefined;
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
      // Its output is all that it may still finish, and that needs no network.
      void egress.withdraw().then(() => {
        signal("INT");
      });
    },
    terminate() {
      // The way out first: from here on nothing leaves, whatever does not want to end.
      void egress.withdraw().then(() => {
        signal("TERM");
      });
    },
    kill() {
      // bwrap goes with its group, and everything behind it with bwrap; what does not, by its account.
      signalGroup(launched.leader, "SIGKILL");
      void egress.withdraw();
      signal("KILL");
    },
    extend(deadline) {
      const milliseconds = (deadline - uptimeCentiseconds()) * 10;
      moveBox(setpriv, uid, Math.ceil(milliseconds / 1000) + 1);
      // It would go on without reaching anything, and every host would look as if nobody were there.
      void egress.readmit(milliseconds).then((done) => {
        if (!done) lose("the kernel would not give it more time");
      });
    },
    async clear() {
      // What is removed from here on is removed by us.
      stopWatching();
      // Everything in the process namespace ends with bwrap; the account is looked at all the same.
      signalGroup(launched.leader, "SIGKILL");
      const refused = await egress.refused();
      const [removed, account] = await Promise.all([egress.remove(), clearAccount(setpriv, uid)]);
      const violations = [
        ...notes,
        ...(refused ?? (notes.length > 0 ? [] : ["the packet rules were gone at the end"])),
      ];
      if (!account.clear) violations.push(`something still runs as uid ${uid}`);
      return {
        violations,
        revoked: [removed ? "packet rules" : "way out", ...(account.clear ? [`uid ${uid}`] : [])],
      };
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
