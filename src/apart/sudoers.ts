// What has sudo start the runner, as words for people. Apart from the start, which needs none: whoever follows them gives
// root away where the program that they name is not root's alone.
import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { CEILING_FILE } from "../session/ceiling-file.ts";

/** What root has to do for an account to have the runner started, or what comes before that. */
export function sudoAdvice(launcher: string): string {
  const top = dirname(dirname(launcher));
  const others = [launcher, ...below(join(top, "dist")), process.execPath].map(changeable).find((path) => path);
  if (others !== undefined) return `install it where root alone can change it: others can change ${others}`;
  // As one line of sudoers(5): for the people of a group, without words and without a variable.
  return `root needs ${CEILING_FILE} and, by visudo: %jit-nmap ALL = (root) NOPASSWD: NOSETENV: ${launcher} ""`;
}

/** The first part of the path that others than root can change, or that is not there; undefined where none is. */
export function changeable(path: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return path;
  }
  const parts = [real];
  while (dirname(parts[0] ?? "/") !== parts[0]) parts.unshift(dirname(parts[0] ?? "/"));
  return parts.find((part) => {
    const { uid, mode } = lstatSync(part);
    return uid !== 0 || (mode & 0o022) !== 0;
  });
}

function below(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [folder];
  }
}
