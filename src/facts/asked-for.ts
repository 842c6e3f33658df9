// What this account itself has asked for, noted where no other account can write. In a folder that several accounts
// share each could write a request in another's name, whose run would then write that person's files.
import { join } from "node:path";
import type { RequestId } from "../core/approval/request.ts";
import type { AskedFor } from "../effects.ts";
import { readOwnFile, writeOwnFile } from "./own-file.ts";

/**
 * @param folder  gives a folder of this account alone, made where it is missing; undefined where the trail itself lies in
 *   one: whoever can write that can write the notes.
 * @param asOwner  does synchronous work with the account's rights.
 */
export function askedFor(folder: (() => string) | undefined, asOwner: <T>(work: () => T) => T): AskedFor {
  const at = (id: RequestId, of: () => string): string => join(of(), "asked", id);
  return {
    note(id, ownPart) {
      if (folder !== undefined) {
        asOwner(() => {
          writeOwnFile(at(id, folder), ownPart);
        });
      }
      return Promise.resolve();
    },
    knows(id, ownPart) {
      if (folder === undefined) return Promise.resolve(true);
      const noted = asOwner(() => {
        try {
          return readOwnFile(at(id, folder));
        } catch (error) {
          if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ELOOP")) return;
          throw error;
        }
      });
      return Promise.resolve(noted?.toString("latin1") === ownPart);
    },
  };
}
